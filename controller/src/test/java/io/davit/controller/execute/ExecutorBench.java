package io.davit.controller.execute;

import io.davit.common.HostId;
import io.davit.controller.Bench;
import io.davit.controller.observe.ObservedHost;
import io.davit.controller.plan.AgentWork.Disposal;
import io.davit.controller.plan.Bindings;
import io.davit.controller.plan.Catalog;
import io.davit.controller.plan.ClusterRecord;
import io.davit.controller.plan.Consent;
import io.davit.controller.plan.ControllerWork.Parting;
import io.davit.controller.plan.Plan;
import io.davit.controller.release.EtcdVersion;
import io.davit.controller.release.K3sVersion;
import io.davit.controller.spec.ValidSpec;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.UnaryOperator;

/** A controller's executor on a simulated fleet; it can lose power and start again. */
final class ExecutorBench {

    final Bench bench;
    final PowerSwitch power = new PowerSwitch();
    final InMemoryOperationStore store = new InMemoryOperationStore(power);
    final Clusters clusters;
    final Map<String, String> brokenArtifacts = new HashMap<>();

    /** Called while the controller gets a file. */
    Runnable onStage = () -> {};

    private final AtomicLong sequence = new AtomicLong();
    long epoch = 1;
    int operations;
    Executor executor;
    PlanDesk desk;
    BlobShelf shelf = BlobShelf.NONE;

    ExecutorBench(ValidSpec spec, long seed) {
        this.bench = new Bench(spec, seed);
        this.clusters = new Clusters(spec);
        restart();
    }

    /** A new reign on the same state. */
    void restart() {
        power.cutAt(Integer.MAX_VALUE);
        var running =
                new RunningSteps(
                        (cluster, host, profile, _) -> cluster + host + profile.commonName(),
                        shelf);
        bench.fleet.serve(running, running, running);
        var artifacts = new Artifacts();
        desk =
                new PlanDesk(
                        bench.fleet, bench.material, artifacts, bench.planner, shelf, bench.pace);
        executor =
                new Executor(
                        bench.fleet,
                        clusters,
                        store,
                        bench.material,
                        bench.material,
                        artifacts,
                        running,
                        new Reign() {
                            @Override
                            public long epoch() {
                                return epoch;
                            }

                            @Override
                            public long nextOperationSequence() {
                                return sequence.incrementAndGet();
                            }
                        },
                        desk,
                        bench.pace);
    }

    final class Clusters implements ClusterStore {
        ValidSpec spec;
        Bindings bindings = Bindings.none();
        ClusterRecord record;
        boolean ended;

        Clusters(ValidSpec spec) {
            this.spec = spec;
            this.record = ClusterRecord.fresh(spec.cluster().name(), spec.generation());
        }

        @Override
        public synchronized AcceptedCluster load(String cluster) {
            return new AcceptedCluster(spec, bindings, record);
        }

        @Override
        public synchronized Optional<AcceptedCluster> find(String cluster) {
            return ended ? Optional.empty() : Optional.of(load(cluster));
        }

        @Override
        public synchronized void unbind(String cluster, String host, HostId id, Parting parting) {
            if (!id.equals(bindings.byName().get(host))) {
                return;
            }
            power.write();
            bindings = bindings.without(host);
            record = record.withoutHost(host);
            bench.fleet.standing(
                    id,
                    old ->
                            new ObservedHost.Standing(
                                    parting == Parting.FREE,
                                    "",
                                    Set.of(),
                                    "",
                                    old.fingerprintWords()));
        }

        @Override
        public synchronized void end(String cluster, Disposal secrets) {
            power.write();
            ended = true;
        }

        @Override
        public synchronized void update(String cluster, UnaryOperator<ClusterRecord> change) {
            var next = change.apply(record);
            power.write();
            record = next;
        }
    }

    private final class Artifacts implements ArtifactCatalog {
        @Override
        public Catalog catalog(K3sVersion k3s, EtcdVersion etcd, Set<String> archs) {
            return Bench.catalog(bench.spec);
        }

        @Override
        public Catalog known(K3sVersion k3s, EtcdVersion etcd, Set<String> archs) {
            return Bench.catalog(bench.spec);
        }

        @Override
        public List<Catalog.PackageSet> packageSets() {
            return bench.packageSets;
        }

        @Override
        public void stage(Catalog.ArtifactFile file) throws ArtifactException {
            onStage.run();
            var broken = brokenArtifacts.get(file.artifact());
            if (broken != null) {
                throw new ArtifactException(broken, "mend the mirror");
            }
        }
    }

    private Consent consent(boolean allowDowntime) {
        return new Consent(allowDowntime, false, bench.unreachable, bench.takeDown);
    }

    /** The next spec, not applied yet. */
    void accept(ValidSpec next) {
        bench.accept(next);
        clusters.bindings = clusters.bindings.givenBy(clusters.spec.cluster());
    }

    Plan plan(boolean allowDowntime) throws InterruptedException {
        return desk.plan(bench.spec, clusters.bindings, clusters.record, consent(allowDowntime));
    }

    /**
     * As apply does: plans, stores what is approved, and gives the operation, which does not run
     * yet.
     */
    OperationRecord accept(boolean allowDowntime) throws InterruptedException {
        var plan = plan(allowDowntime);
        if (!plan.blockers().isEmpty()) {
            throw new AssertionError("refused: " + plan.blockers());
        }
        bench.approve(plan);
        clusters.spec = bench.spec;
        for (Plan.NewBinding binding : plan.newBindings()) {
            clusters.bindings = clusters.bindings.with(binding.host(), binding.hostId());
        }
        var operation =
                OperationRecord.start(
                        "op" + ++operations,
                        plan.cluster(),
                        plan.generation(),
                        Envelope.of(plan, clusters.bindings),
                        consent(allowDowntime),
                        "alice",
                        bench.pace.now());
        store.save(operation);
        return operation;
    }

    OperationRecord run(OperationRecord operation) throws InterruptedException {
        return executor.run(executor.feed(operation), new Cancellation(), false);
    }

    OperationRecord apply() throws InterruptedException {
        return run(accept(false));
    }

    /** Runs on as a controller does that has just started. */
    OperationRecord runAfterRestart(OperationRecord operation) throws InterruptedException {
        return executor.run(executor.feed(operation), new Cancellation(), true);
    }

    /** Resumes as an operator would. */
    OperationRecord resume(OperationRecord operation) throws InterruptedException {
        return run(operation.running(operation.envelope()));
    }

    StepState state(OperationRecord operation, String step) {
        return store.steps(operation.id()).stream()
                .filter(s -> s.step().id().equals(step))
                .findFirst()
                .orElseThrow()
                .state();
    }

    int starts(String host, String role, String unit) {
        return bench.fleet.starts(bench.id(host), role, unit);
    }

    List<String> violations() {
        return bench.fleet.violations();
    }
}
