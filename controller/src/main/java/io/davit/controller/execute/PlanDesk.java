package io.davit.controller.execute;

import io.davit.common.HostId;
import io.davit.controller.agentlink.Agents;
import io.davit.controller.agentlink.HostAwayException;
import io.davit.controller.execute.ArtifactCatalog.ArtifactException;
import io.davit.controller.execute.ClusterStore.AcceptedCluster;
import io.davit.controller.observe.ObservedCluster;
import io.davit.controller.observe.ObservedHost;
import io.davit.controller.plan.Bindings;
import io.davit.controller.plan.Catalog;
import io.davit.controller.plan.ClusterRecord;
import io.davit.controller.plan.Consent;
import io.davit.controller.plan.FirstServer;
import io.davit.controller.plan.Plan;
import io.davit.controller.plan.PlanInput;
import io.davit.controller.plan.Planner;
import io.davit.controller.spec.ClusterSpec.HostSpec;
import io.davit.controller.spec.ValidSpec;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/**
 * Plans on what is so now: asks every host that matters for a new observation, all at once, and
 * hands everything to the pure planner. Changes nothing anywhere.
 */
public final class PlanDesk {

    private static final Duration OBSERVE = Duration.ofSeconds(30);
    private static final Duration READ_NODES = Duration.ofSeconds(10);
    private static final Duration OBSERVE_QUIETLY = Duration.ofSeconds(5);

    private final Agents agents;
    private final MaterialSource material;
    private final ArtifactCatalog artifacts;
    private final Planner planner;
    private final BlobShelf shelf;
    private final Pace pace;
    private final NodeReadings nodes;

    public PlanDesk(
            Agents agents,
            MaterialSource material,
            ArtifactCatalog artifacts,
            Planner planner,
            BlobShelf shelf,
            Pace pace) {
        this.agents = agents;
        this.material = material;
        this.artifacts = artifacts;
        this.planner = planner;
        this.shelf = shelf;
        this.pace = pace;
        this.nodes = new NodeReadings(agents);
    }

    /**
     * @param bindings of this cluster that are stored; the plan proposes the missing ones
     * @param record {@link ClusterRecord#fresh} for a cluster that does not exist yet
     */
    public Plan plan(ValidSpec spec, Bindings bindings, ClusterRecord record, Consent consent)
            throws InterruptedException {
        return consent.snapshot().isPresent()
                ? snapshot(spec, bindings, record, consent, consent.snapshot().get())
                : whole(spec, bindings, record, consent);
    }

    /** Asks only the host that it comes from; the rest of the cluster may be in any state. */
    private Plan snapshot(
            ValidSpec spec,
            Bindings bindings,
            ClusterRecord record,
            Consent consent,
            Consent.Snapshot wanted)
            throws InterruptedException {
        String cluster = spec.cluster().name();
        if (shelf.holds(cluster, wanted.name())) {
            return Plan.nothing(cluster, spec.generation());
        }
        var host = bindings.host(wanted.host()).map(Set::of).orElseGet(Set::of);
        return planner.plan(
                new PlanInput(
                        spec,
                        bindings,
                        record,
                        observe(host, Set.of()),
                        Catalog.unknown("nothing is fetched for a snapshot", ""),
                        material.material(cluster),
                        pace.now(),
                        consent));
    }

    private Plan whole(ValidSpec spec, Bindings bindings, ClusterRecord record, Consent consent)
            throws InterruptedException {
        var hosts = observe(spec, bindings);
        var observed =
                consent.takeDown().isEmpty() && record.firstServer() instanceof FirstServer.Done
                        ? nodes.readInto(hosts, bindings, READ_NODES)
                        : hosts;
        return plan(spec, bindings, record, observed, catalog(spec, observed), consent);
    }

    /**
     * What it would take to have a cluster as it was accepted, for whoever looks again and again:
     * its hosts are asked one after another and not for long, and nobody outside is asked.
     */
    public Plan planQuietly(AcceptedCluster cluster) throws InterruptedException {
        var bindings = cluster.bindings();
        var hosts = observeInTurn(bindings);
        var observed =
                cluster.record().firstServer() instanceof FirstServer.Done
                        ? nodes.readInto(hosts, bindings, OBSERVE_QUIETLY)
                        : hosts;
        var spec = cluster.spec();
        var known =
                artifacts.known(
                        spec.cluster().k3sVersion(),
                        spec.cluster().etcdVersion(),
                        archs(spec, observed));
        return plan(spec, bindings, cluster.record(), observed, known, Consent.of(true));
    }

    private Plan plan(
            ValidSpec spec,
            Bindings bindings,
            ClusterRecord record,
            ObservedCluster observed,
            Catalog catalog,
            Consent consent) {
        return planner.plan(
                new PlanInput(
                        spec,
                        bindings,
                        record,
                        observed,
                        catalog,
                        material.material(spec.cluster().name()),
                        pace.now(),
                        consent));
    }

    /** The version of a cluster's agent token now. */
    public int agentTokenVersion(String cluster) {
        return material.material(cluster).agentToken().version();
    }

    private ObservedCluster observeInTurn(Bindings bindings) throws InterruptedException {
        Set<HostId> bound = Set.copyOf(bindings.byName().values());
        var hosts = new ArrayList<ObservedHost>();
        for (ObservedHost host : agents.hosts()) {
            hosts.add(
                    host.connected() && bound.contains(host.hostId())
                            ? ask(host, OBSERVE_QUIETLY)
                            : host);
        }
        return ObservedCluster.of(hosts);
    }

    private ObservedCluster observe(ValidSpec spec, Bindings bindings) throws InterruptedException {
        var addresses = new HashSet<String>();
        spec.cluster().hosts().stream().map(HostSpec::address).forEach(addresses::add);
        return observe(Set.copyOf(bindings.byName().values()), addresses);
    }

    private ObservedCluster observe(Set<HostId> bound, Set<String> addresses)
            throws InterruptedException {
        var hosts = new ArrayList<ObservedHost>();
        var asked = new ArrayList<Future<ObservedHost>>();
        try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            for (ObservedHost host : agents.hosts()) {
                boolean matters =
                        bound.contains(host.hostId()) || addresses.contains(host.peerAddress());
                if (matters && host.connected()) {
                    asked.add(threads.submit(() -> ask(host, OBSERVE)));
                } else {
                    hosts.add(host);
                }
            }
            for (Future<ObservedHost> answer : asked) {
                hosts.add(answer.get());
            }
        } catch (ExecutionException e) {
            throw new IllegalStateException("cannot observe hosts: " + e.getCause(), e);
        }
        return ObservedCluster.of(hosts);
    }

    private ObservedHost ask(ObservedHost host, Duration patience) throws InterruptedException {
        try {
            return agents.observe(host.hostId(), patience);
        } catch (HostAwayException e) {
            return new ObservedHost(
                    host.hostId(),
                    host.peerAddress(),
                    false,
                    host.observation(),
                    host.age(),
                    host.clockOffset(),
                    host.standing());
        }
    }

    private Catalog catalog(ValidSpec spec, ObservedCluster observed) throws InterruptedException {
        try {
            return artifacts
                    .catalog(
                            spec.cluster().k3sVersion(),
                            spec.cluster().etcdVersion(),
                            archs(spec, observed))
                    .with(artifacts.packageSets());
        } catch (ArtifactException e) {
            return Catalog.unknown(String.valueOf(e.getMessage()), e.remedy())
                    .with(artifacts.packageSets());
        }
    }

    private static Set<String> archs(ValidSpec spec, ObservedCluster observed) {
        var archs = new TreeSet<String>();
        List<String> addresses = spec.cluster().hosts().stream().map(HostSpec::address).toList();
        observed.hosts().values().stream()
                .filter(host -> addresses.contains(host.peerAddress()))
                .forEach(host -> host.observation().ifPresent(o -> archs.add(o.facts().arch())));
        return archs;
    }
}
