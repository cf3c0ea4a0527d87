package io.davit.controller.flow;

import io.davit.common.HostId;
import io.davit.common.Names;
import io.davit.controller.access.Answers;
import io.davit.controller.artifact.ArtifactStore;
import io.davit.controller.artifact.HeldArtifact;
import io.davit.controller.audit.Actor;
import io.davit.controller.audit.Change;
import io.davit.controller.audit.Changes;
import io.davit.controller.execute.ClusterStore.AcceptedCluster;
import io.davit.controller.observe.HostFacts;
import io.davit.controller.plan.Catalog.ArtifactFile;
import io.davit.controller.spec.ClusterSpec;
import io.davit.controller.spec.Role;
import io.davit.controller.store.Table;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.regex.Pattern;

/**
 * The files that the controller holds, beside the clusters that need them. A file is needed by
 * every accepted cluster of its version: a host of it may have to be built anew.
 */
final class HeldArtifacts {

    private static final Pattern PREFIX = Pattern.compile("[0-9a-f]{8,64}");

    /** The last thing that somebody did about a file by hand; carries the audit row. */
    private static final Table<Touched> TOUCHED = new Table<>("artifact-change", Touched.class);

    private final ArtifactStore store;
    private final AcceptedClusters clusters;
    private final Function<HostId, Optional<HostFacts>> facts;
    private final Changes changes;
    private final Clock clock;

    /**
     * What is held.
     *
     * @param facts of a host, as far as it told any
     */
    HeldArtifacts(
            ArtifactStore store,
            AcceptedClusters clusters,
            Function<HostId, Optional<HostFacts>> facts,
            Changes changes,
            Clock clock) {
        this.store = store;
        this.clusters = clusters;
        this.facts = facts;
        this.changes = changes;
        this.clock = clock;
    }

    record Touched(String what, String by, Instant at) {}

    /** A held file with the names of the clusters that need it. */
    record Needed(HeldArtifact held, List<String> clusters) {

        Needed {
            clusters = List.copyOf(clusters);
        }
    }

    List<Needed> all() {
        try {
            var accepted = clusters.all();
            return store.held().stream().map(held -> needed(held, accepted)).toList();
        } catch (IOException e) {
            throw new UncheckedIOException("cannot list artifacts", e);
        }
    }

    private Needed needed(HeldArtifact held, List<AcceptedCluster> accepted) {
        return new Needed(
                held,
                accepted.stream()
                        .filter(cluster -> needs(cluster, held))
                        .map(cluster -> cluster.spec().cluster().name())
                        .toList());
    }

    private boolean needs(AcceptedCluster cluster, HeldArtifact held) {
        return held.published()
                .filter(file ->
                        file.artifact().equals(ArtifactStore.OS_PACKAGES)
                                ? balances(cluster, file)
                                : version(cluster.spec().cluster(), file).equals(file.version()))
                .isPresent();
    }

    /** Whether a load balancer of it may be such a machine: what nobody has seen may be one. */
    private boolean balances(AcceptedCluster cluster, ArtifactFile set) {
        return cluster.spec().cluster().hosts().stream()
                .filter(host -> host.has(Role.LOAD_BALANCER))
                .map(host -> Optional.ofNullable(cluster.bindings().byName().get(host.name())))
                .anyMatch(id -> id.flatMap(facts).map(facts -> isFor(set, facts)).orElse(true));
    }

    private static boolean isFor(ArtifactFile set, HostFacts facts) {
        return set.version().equals(facts.osId() + "-" + facts.osVersion())
                && set.arch().equals(facts.arch());
    }

    private static String version(ClusterSpec spec, ArtifactFile file) {
        return file.artifact().equals("etcd")
                ? spec.etcdVersion().toString()
                : spec.k3sVersion().toString();
    }

    /** Removes the one file that a person names; refused where a cluster needs it. */
    Needed remove(Actor actor, String prefix) throws InterruptedException {
        var one = named(prefix);
        if (!discarded(actor, one.held())) {
            throw refused(needed(one.held(), clusters.all()));
        }
        return one;
    }

    private Needed named(String prefix) {
        if (!PREFIX.matcher(prefix).matches()) {
            throw Answers.refusal(
                    Status.INVALID_ARGUMENT,
                    "cannot remove \""
                            + Names.printable(prefix)
                            + "\": want a SHA-256, or at least its first 8 digits");
        }
        var found = all().stream().filter(n -> n.held().sha256().startsWith(prefix)).toList();
        if (found.isEmpty()) {
            throw Answers.refusal(
                    Status.NOT_FOUND,
                    "cannot remove " + prefix + ": there is no such artifact; davit artifacts");
        }
        if (found.size() > 1) {
            throw Answers.refusal(
                    Status.FAILED_PRECONDITION,
                    "cannot remove " + prefix + ": more than one artifact begins so");
        }
        return found.getFirst();
    }

    private static StatusRuntimeException refused(Needed one) {
        return Answers.refusal(
                Status.FAILED_PRECONDITION,
                "cannot remove %s: cluster %s needs it"
                        .formatted(
                                one.held()
                                        .published()
                                        .map(f -> f.artifact() + " " + f.version())
                                        .orElse(one.held().sha256()),
                                String.join(", ", one.clusters())));
    }

    /** Removes all that no cluster needs. */
    List<Needed> removeUnused(Actor actor) throws InterruptedException {
        var removed = new ArrayList<Needed>();
        for (Needed one : all()) {
            if (discarded(actor, one.held())) {
                removed.add(one);
            }
        }
        return removed;
    }

    /**
     * Removes a file unless a cluster needs it; its audit row is written first. A cluster is
     * accepted before its files are staged, so none that is staged goes.
     */
    boolean discarded(Actor actor, HeldArtifact held) throws InterruptedException {
        try {
            return store.discard(
                    held.sha256(),
                    () -> {
                        boolean unused = needed(held, clusters.all()).clusters().isEmpty();
                        if (unused) {
                            record(actor, "Remove", held.sha256());
                        }
                        return unused;
                    });
        } catch (IOException e) {
            throw new UncheckedIOException("cannot remove artifact " + held.sha256(), e);
        }
    }

    /** Writes that somebody changes what is held. */
    void record(Actor actor, String what, String sha256) {
        changes.make(
                new Change(actor, "davit.operator.v1.Artifacts/" + what, "artifact/" + sha256, ""),
                transaction -> {
                    transaction.put(
                            TOUCHED, sha256, new Touched(what, actor.name(), clock.instant()));
                    return sha256;
                });
    }
}
