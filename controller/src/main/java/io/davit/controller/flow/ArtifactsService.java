package io.davit.controller.flow;

import io.davit.common.HostId;
import io.davit.common.Names;
import io.davit.controller.access.Answers;
import io.davit.controller.access.Peer;
import io.davit.controller.agentlink.Agents;
import io.davit.controller.artifact.ArtifactStore;
import io.davit.controller.artifact.HeldArtifact;
import io.davit.controller.audit.Actor;
import io.davit.controller.audit.Changes;
import io.davit.controller.bundle.BundleImport;
import io.davit.controller.execute.ArtifactCatalog.ArtifactException;
import io.davit.controller.flow.HeldArtifacts.Needed;
import io.davit.controller.observe.HostFacts;
import io.davit.controller.plan.Catalog.ArtifactFile;
import io.davit.controller.plan.Catalog.PackageSet;
import io.davit.controller.release.EtcdVersion;
import io.davit.controller.release.K3sVersion;
import io.davit.controller.report.ReleaseMessages;
import io.davit.controller.spec.DefaultVersions.Chosen;
import io.davit.controller.spec.DefaultVersions.NotChosen;
import io.davit.controller.spec.DefaultVersions.NotPublished;
import io.davit.controller.versions.EtcdReleases;
import io.davit.controller.versions.K3sReleases;
import io.davit.proto.operator.v1.Artifact;
import io.davit.proto.operator.v1.ArtifactsGrpc;
import io.davit.proto.operator.v1.FetchArtifactsRequest;
import io.davit.proto.operator.v1.FetchArtifactsResponse;
import io.davit.proto.operator.v1.ImportBundleRequest;
import io.davit.proto.operator.v1.ImportBundleResponse;
import io.davit.proto.operator.v1.ListArtifactsRequest;
import io.davit.proto.operator.v1.ListArtifactsResponse;
import io.davit.proto.operator.v1.RemoveArtifactsRequest;
import io.davit.proto.operator.v1.RemoveArtifactsResponse;
import io.grpc.Status;
import io.grpc.stub.StreamObserver;
import java.time.Clock;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.Semaphore;
import java.util.stream.Collectors;

/** The files that the controller holds, for operators. */
public final class ArtifactsService extends ArtifactsGrpc.ArtifactsImplBase {

    private static final Set<String> ARCHS = Set.of("amd64", "arm64");

    private final ArtifactStore store;
    private final HeldArtifacts held;
    private final K3sReleases k3sReleases;
    private final EtcdReleases etcdReleases;
    private final Agents agents;
    private final BundleImport bundles;
    private final Semaphore oneImport = new Semaphore(1);

    public ArtifactsService(
            ArtifactStore store,
            AcceptedClusters clusters,
            K3sReleases k3sReleases,
            EtcdReleases etcdReleases,
            Agents agents,
            Changes changes,
            Clock clock) {
        this.store = store;
        this.held = new HeldArtifacts(store, clusters, id -> facts(agents, id), changes, clock);
        this.k3sReleases = k3sReleases;
        this.etcdReleases = etcdReleases;
        this.agents = agents;
        this.bundles = new BundleImport(store, changes, clock);
    }

    @Override
    public void list(ListArtifactsRequest request, StreamObserver<ListArtifactsResponse> observer) {
        Answers.unary(
                observer,
                () ->
                        ListArtifactsResponse.newBuilder()
                                .addAllArtifacts(views(held.all()))
                                .build());
    }

    @Override
    public void remove(
            RemoveArtifactsRequest request, StreamObserver<RemoveArtifactsResponse> observer) {
        var actor = Peer.current().actor();
        Answers.unary(
                observer,
                () -> {
                    var removed =
                            Waiting.uninterrupted(() ->
                                    request.getUnused()
                                            ? held.removeUnused(actor)
                                            : List.of(held.remove(actor, request.getSha256())));
                    return RemoveArtifactsResponse.newBuilder()
                            .addAllArtifacts(views(removed))
                            .build();
                });
    }

    @Override
    public void fetch(
            FetchArtifactsRequest request, StreamObserver<FetchArtifactsResponse> observer) {
        var actor = Peer.current().actor();
        Answers.unary(
                observer,
                () -> {
                    var k3s = k3s(request.getK3SVersion());
                    var etcd = etcd(request.getEtcdVersion(), k3s);
                    var archs = archs(request.getArchsList());
                    var fetched = Waiting.uninterrupted(() -> fetch(actor, k3s, etcd, archs));
                    return FetchArtifactsResponse.newBuilder()
                            .addAllArtifacts(
                                    views(
                                            held.all().stream()
                                                    .filter(n ->
                                                            fetched.contains(n.held().sha256()))
                                                    .toList()))
                            .build();
                });
    }

    @Override
    public StreamObserver<ImportBundleRequest> importBundle(
            StreamObserver<ImportBundleResponse> observer) {
        return new BundleUpload(
                store, bundles, Peer.current().actor(), oneImport, this::imported, observer);
    }

    private ImportBundleResponse imported(BundleImport.Taken taken) {
        Set<String> files = new TreeSet<>();
        taken.files().forEach(file -> files.add(file.sha256()));
        return ImportBundleResponse.newBuilder()
                .addAllArtifacts(
                        views(
                                held.all().stream()
                                        .filter(one -> files.contains(one.held().sha256()))
                                        .toList()))
                .setNewArtifacts(taken.added())
                .setMadeOn(taken.manifest().madeOn())
                .setMadeBy(Names.printable(taken.manifest().madeBy()))
                .build();
    }

    private Set<String> fetch(Actor actor, K3sVersion k3s, EtcdVersion etcd, Set<String> archs)
            throws InterruptedException {
        var fetched = new TreeSet<String>();
        try {
            for (ArtifactFile file : store.catalog(k3s, etcd, archs).files().values()) {
                if (store.file(file.sha256()).isEmpty()) {
                    held.record(actor, "Fetch", file.sha256());
                    store.stage(file);
                }
                fetched.add(file.sha256());
            }
        } catch (ArtifactException e) {
            throw Answers.refusal(
                    Status.FAILED_PRECONDITION, e.getMessage() + "\n  → " + e.remedy());
        }
        return fetched;
    }

    private K3sVersion k3s(String text) {
        var version =
                K3sVersion.parse(text)
                        .orElseThrow(() ->
                                Answers.refusal(
                                        Status.INVALID_ARGUMENT,
                                        "cannot fetch: \""
                                                + Names.printable(text)
                                                + "\" is no K3s version"));
        if (Waiting.uninterrupted(() -> k3sReleases.published(version))
                instanceof NotPublished not) {
            throw Answers.refusal(
                    Status.NOT_FOUND,
                    "cannot fetch K3s %s: it is not published in %s; nearest are %s"
                            .formatted(
                                    version,
                                    not.place(),
                                    not.nearest().stream()
                                            .map(K3sVersion::toString)
                                            .collect(Collectors.joining(", "))));
        }
        return version;
    }

    private EtcdVersion etcd(String text, K3sVersion k3s) {
        if (!text.isEmpty()) {
            return EtcdVersion.parse(text)
                    .orElseThrow(() ->
                            Answers.refusal(
                                    Status.INVALID_ARGUMENT,
                                    "cannot fetch: \""
                                            + Names.printable(text)
                                            + "\" is no etcd version"));
        }
        return switch (etcdReleases.forK3s(k3s)) {
            case Chosen<EtcdVersion> chosen -> chosen.version();
            case NotChosen<EtcdVersion> not ->
                    throw Answers.refusal(
                            Status.FAILED_PRECONDITION,
                            "cannot fetch etcd for K3s " + k3s + ": " + not.why());
        };
    }

    private Set<String> archs(List<String> asked) {
        if (!ARCHS.containsAll(asked)) {
            throw Answers.refusal(
                    Status.INVALID_ARGUMENT, "cannot fetch: architectures are amd64 and arm64");
        }
        var archs = new TreeSet<>(asked);
        if (archs.isEmpty()) {
            agents.hosts()
                    .forEach(
                            host -> host.observation().ifPresent(o -> archs.add(o.facts().arch())));
            archs.retainAll(ARCHS);
        }
        return archs.isEmpty() ? Set.of("amd64") : archs;
    }

    private List<Artifact> views(List<Needed> files) {
        return files.stream()
                .map(one ->
                        ReleaseMessages.artifact(one.held(), one.clusters(), packages(one.held())))
                .toList();
    }

    private static Optional<HostFacts> facts(Agents agents, HostId id) {
        return agents.hosts().stream()
                .filter(host -> host.hostId().equals(id))
                .flatMap(host -> host.observation().stream())
                .map(observation -> observation.facts())
                .findFirst();
    }

    private Map<String, String> packages(HeldArtifact held) {
        return store.packageSets().stream()
                .filter(set -> set.file().sha256().equals(held.sha256()))
                .map(PackageSet::packages)
                .findFirst()
                .orElse(Map.of());
    }
}
