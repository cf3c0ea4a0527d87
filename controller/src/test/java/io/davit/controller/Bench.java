package io.davit.controller;

import io.davit.common.HostId;
import io.davit.common.K3sKeys;
import io.davit.controller.agentlink.Command;
import io.davit.controller.agentlink.StepOutcome;
import io.davit.controller.observe.ObservedCluster;
import io.davit.controller.observe.ObservedHost;
import io.davit.controller.plan.AgentToken;
import io.davit.controller.plan.AgentWork;
import io.davit.controller.plan.Bindings;
import io.davit.controller.plan.Catalog;
import io.davit.controller.plan.CertificateProfile;
import io.davit.controller.plan.ClusterRecord;
import io.davit.controller.plan.Consent;
import io.davit.controller.plan.ControllerWork;
import io.davit.controller.plan.ControllerWork.Parting;
import io.davit.controller.plan.EtcdState;
import io.davit.controller.plan.FirstServer;
import io.davit.controller.plan.Plan;
import io.davit.controller.plan.PlanInput;
import io.davit.controller.plan.Planner;
import io.davit.controller.plan.ProbeCall;
import io.davit.controller.plan.Ref;
import io.davit.controller.plan.Step;
import io.davit.controller.role.controlplane.ControlPlaneRole;
import io.davit.controller.role.etcd.EtcdRole;
import io.davit.controller.role.loadbalancer.LoadBalancerRole;
import io.davit.controller.role.worker.WorkerRole;
import io.davit.controller.simulate.SimulatedFleet;
import io.davit.controller.simulate.SimulatedHost;
import io.davit.controller.simulate.SimulatedMaterial;
import io.davit.controller.simulate.SimulatedPace;
import io.davit.controller.spec.ClusterSpec.HostSpec;
import io.davit.controller.spec.ValidSpec;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.Set;

/**
 * A spec on a simulated fleet: plans, and does what a plan says, step by step and without an
 * executor.
 */
public final class Bench {

    public static final Instant START = Instant.parse("2026-11-23T12:00:00Z");

    public final SimulatedPace pace = new SimulatedPace(START);
    public final SimulatedFleet fleet = new SimulatedFleet(pace);
    public final SimulatedMaterial material = new SimulatedMaterial();
    public final Planner planner = planner();
    public ValidSpec spec;
    public Bindings bindings = Bindings.none();
    public ClusterRecord record;
    public boolean allowDowntime;
    public Set<String> unreachable = Set.of();
    public Optional<AgentWork.Disposal> takeDown = Optional.empty();
    public Set<String> only = Set.of();
    public int agentToken;
    public boolean ended;
    public List<Catalog.PackageSet> packageSets = List.of();

    public Bench(ValidSpec spec, long seed) {
        this.spec = spec;
        this.record = ClusterRecord.fresh(spec.cluster().name(), 1);
        var random = new Random(seed);
        for (HostSpec host : spec.cluster().hosts()) {
            SimulatedHost added = fleet.add(random, host.address());
            fleet.name(added.id(), host.name());
        }
    }

    public static Planner planner() {
        var keys = K3sKeys.standard();
        return new Planner(
                List.of(
                        new EtcdRole(),
                        new LoadBalancerRole(),
                        new ControlPlaneRole(keys),
                        new WorkerRole(keys)));
    }

    public static Catalog catalog(ValidSpec spec) {
        String k3s = spec.cluster().k3sVersion().toString();
        String etcd = spec.cluster().etcdVersion().toString();
        return Catalog.of(
                List.of(
                        file("k3s", k3s, "k3s"),
                        file("k3s-images", k3s, "k3s-airgap-images-amd64.tar.zst"),
                        file("etcd", etcd, "etcd-v" + etcd + "-linux-amd64.tar.gz")));
    }

    private static Catalog.ArtifactFile file(String artifact, String version, String name) {
        return new Catalog.ArtifactFile(
                artifact,
                version,
                "amd64",
                name,
                io.davit.common.Digests.sha256Hex(
                        (artifact + version).getBytes(StandardCharsets.UTF_8)),
                60 << 20);
    }

    public PlanInput input() {
        return new PlanInput(
                spec,
                bindings,
                record,
                observed(),
                catalog(spec).with(packageSets),
                material.material(spec.cluster().name()),
                pace.now(),
                new Consent(
                        allowDowntime,
                        false,
                        unreachable,
                        takeDown,
                        only,
                        agentToken,
                        Optional.empty()));
    }

    private ObservedCluster observed() {
        var hosts = ObservedCluster.of(fleet.hosts());
        boolean told =
                fleet.hosts().stream()
                        .filter(ObservedHost::connected)
                        .anyMatch(host ->
                                fleet.read(
                                                host.hostId(),
                                                "control-plane",
                                                ProbeCall.of("node-marks"))
                                        .ok());
        return told ? hosts.withNodes(fleet.nodes()) : hosts;
    }

    /** The next spec; hosts that leave keep their bindings. */
    public void accept(ValidSpec next) {
        var random = new Random(next.generation());
        for (HostSpec host : next.cluster().hosts()) {
            boolean there =
                    fleet.hosts().stream().anyMatch(h -> h.peerAddress().equals(host.address()));
            if (!there) {
                SimulatedHost added = fleet.add(random, host.address());
                fleet.name(added.id(), host.name());
            }
        }
        bindings = bindings.givenBy(spec.cluster());
        spec = next;
        fleet.leaving(bindings.leaving(next.cluster()));
    }

    public Plan plan() {
        return planner.plan(input());
    }

    public HostId id(String name) {
        String address = spec.cluster().host(name).orElseThrow().address();
        return fleet.hosts().stream()
                .filter(h -> h.peerAddress().equals(address))
                .findFirst()
                .orElseThrow()
                .hostId();
    }

    /** Accepts the plan's bindings, as apply does. */
    public void approve(Plan plan) {
        for (Plan.NewBinding binding : plan.newBindings()) {
            bindings = bindings.with(binding.host(), binding.hostId());
            fleet.standing(
                    binding.hostId(),
                    old ->
                            new io.davit.controller.observe.ObservedHost.Standing(
                                    true,
                                    plan.cluster(),
                                    java.util.Set.of(),
                                    "",
                                    old.fingerprintWords()));
        }
    }

    /** Does the first {@code count} steps. Returns the outcomes that were not well. */
    public List<String> run(Plan plan, int count) {
        approve(plan);
        var bad = new ArrayList<String>();
        for (Step step : plan.steps().subList(0, Math.min(count, plan.steps().size()))) {
            switch (step.work()) {
                case AgentWork work -> {
                    var outcome = agent(step, work);
                    if (!(outcome instanceof StepOutcome.Changed)) {
                        bad.add(step.id() + ": " + outcome);
                    }
                }
                case ControllerWork work -> controller(work);
            }
        }
        return bad;
    }

    private StepOutcome agent(Step step, AgentWork work) {
        if (work instanceof AgentWork.AwaitHealthy await) {
            for (var probe : await.probes()) {
                var reading = fleet.read(step.hostId().orElseThrow(), step.role(), probe);
                // Members come up together: while steps run one by one, the quorum may still be
                // missing.
                if (!reading.ok() && !step.role().equals("etcd")) {
                    return new StepOutcome.Failed(reading.error(), List.of());
                }
            }
            return new StepOutcome.Changed("healthy");
        }
        return fleet.apply(step.hostId().orElseThrow(), "op", command(step, work));
    }

    public Command command(Step step, AgentWork work) {
        AgentWork known = work;
        Optional<Command.Body> body = Optional.empty();
        if (work instanceof AgentWork.EnsureCertificate ensure) {
            var p = ensure.profile();
            String issuer =
                    material.material(spec.cluster().name()).issuerSha256(p.issuer()).orElseThrow();
            known =
                    new AgentWork.EnsureCertificate(
                            ensure.slot(),
                            new CertificateProfile(
                                    p.issuer(),
                                    new Ref.Known(issuer),
                                    p.commonName(),
                                    p.dnsNames(),
                                    p.ipAddresses(),
                                    p.extendedKeyUsages(),
                                    p.minRemaining()));
        }
        if (work instanceof AgentWork.WriteFile write) {
            body = Optional.of(new Command.Bytes(secretOf(write)));
        }
        return new Command(
                step.id(), 1, step.role(), step.reason().toString(), step.deadline(), known, body);
    }

    private io.davit.common.Secret secretOf(AgentWork.WriteFile write) {
        var out = new java.io.ByteArrayOutputStream();
        for (var part : write.content().parts()) {
            switch (part) {
                case io.davit.controller.plan.Content.Literal literal ->
                        out.writeBytes(literal.text().getBytes(StandardCharsets.UTF_8));
                case io.davit.controller.plan.Content.SecretRef reference ->
                        out.writeBytes(material.resolve(spec.cluster().name(), reference).reveal());
            }
        }
        return io.davit.common.Secret.of(out.toByteArray());
    }

    private void controller(ControllerWork work) {
        switch (work) {
            case ControllerWork.MakeMaterial _ -> material.make(spec.cluster().name());
            case ControllerWork.RotateAgentToken rotate ->
                    material.rotateAgentToken(
                            spec.cluster().name(),
                            new AgentToken(rotate.version(), rotate.without()));
            case ControllerWork.MarkEtcdBegun begun ->
                    record =
                            record.withEtcd(
                                    new EtcdState.Begun(
                                            begun.incarnation(), begun.token(), begun.members()));
            case ControllerWork.MarkEtcdDone _ -> {
                var begun = (EtcdState.Begun) record.etcd();
                record =
                        record.withEtcd(
                                new EtcdState.Done(
                                        begun.incarnation(), begun.token(), begun.members()));
            }
            case ControllerWork.MarkFirstServer first ->
                    record =
                            record.withFirstServer(
                                    new FirstServer.Chosen(first.host(), first.hostId()));
            case ControllerWork.MarkFirstServerDone first ->
                    record =
                            record.withFirstServer(
                                    new FirstServer.Done(first.host(), first.hostId()));
            case ControllerWork.MarkJoined joined ->
                    record = record.withJoined(joined.role(), joined.host(), joined.hostId());
            case ControllerWork.EndBinding end -> {
                bindings = bindings.without(end.host());
                record = record.withoutHost(end.host());
                fleet.standing(
                        new HostId(end.hostId().id()),
                        old ->
                                new ObservedHost.Standing(
                                        end.parting() == Parting.FREE,
                                        "",
                                        Set.of(),
                                        "",
                                        old.fingerprintWords()));
            }
            case ControllerWork.EndCluster _ -> ended = true;
            case ControllerWork.AwaitTurn _,
                    ControllerWork.MayRestart _,
                    ControllerWork.MayLeave _ -> {
                // steps are done one by one: those before have ended
            }
            case ControllerWork.AwaitProbe await -> {
                boolean ok =
                        await.via().stream()
                                .anyMatch(id -> fleet.read(id, await.role(), await.probe()).ok());
                if (!ok) {
                    throw new AssertionError("probe " + await.probe() + " does not succeed");
                }
            }
        }
    }
}
