package io.davit.controller.flow;

import io.davit.common.Names;
import io.davit.controller.access.AccessLevel;
import io.davit.controller.agentlink.CheckResult;
import io.davit.controller.audit.Actor;
import io.davit.controller.execute.ClusterStore.AcceptedCluster;
import io.davit.controller.execute.Envelope;
import io.davit.controller.execute.OperationRecord;
import io.davit.controller.execute.Operations;
import io.davit.controller.execute.Operations.OperationRefusedException;
import io.davit.controller.execute.PlanChecks;
import io.davit.controller.execute.PlanDesk;
import io.davit.controller.plan.Bindings;
import io.davit.controller.plan.Blocker;
import io.davit.controller.plan.ClusterRecord;
import io.davit.controller.plan.Consent;
import io.davit.controller.plan.Plan;
import io.davit.controller.spec.ClusterSpec;
import io.davit.controller.spec.FieldChange;
import io.davit.controller.spec.OtherClusters;
import io.davit.controller.spec.PoolMembers;
import io.davit.controller.spec.Problem;
import io.davit.controller.spec.SpecComparison;
import io.davit.controller.spec.SpecReader;
import io.davit.controller.spec.ValidSpec;
import io.davit.controller.spec.VersionNotes;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What davit is: a spec becomes a plan, an accepted plan becomes an operation.
 *
 * <ol>
 *   <li>The spec is read with all its problems at once, the versions that it leaves out are chosen
 *       once, and it is compared with the accepted one.
 *   <li>Every host that matters is observed now, and the pure planner says what is to be done.
 *   <li>Hosts that would leave are asked for, each by its id.
 *   <li>Anything in the way refuses the whole, before anything is touched on any host.
 *   <li>Spec, bindings and operation are accepted in one transaction; then the operation runs by
 *       itself.
 * </ol>
 */
public final class Flow {

    private static final Logger LOG = LoggerFactory.getLogger(Flow.class);

    private final SpecReader reader;
    private final ClusterVersions versions;
    private final AcceptedClusters clusters;
    private final Members members;
    private final PlanDesk desk;
    private final PlanChecks checks;
    private final Operations operations;
    private final OperationIds ids;
    private final Clock clock;

    public Flow(
            SpecReader reader,
            ClusterVersions versions,
            AcceptedClusters clusters,
            Members members,
            PlanDesk desk,
            PlanChecks checks,
            Operations operations,
            OperationIds ids,
            Clock clock) {
        this.reader = reader;
        this.versions = versions;
        this.clusters = clusters;
        this.members = members;
        this.desk = desk;
        this.checks = checks;
        this.operations = operations;
        this.ids = ids;
        this.clock = clock;
    }

    /**
     * A wish.
     *
     * @param consent beyond the spec
     * @param removals ids of the hosts whose removal a person has approved
     * @param rotateAgentToken servers and workers get another agent token than they have now
     * @param planDigest the plan that a person saw; empty accepts today's
     * @param requestKey a repeated request with the same key starts nothing twice; empty for none
     */
    public record Wish(
            byte[] yaml,
            Consent consent,
            Set<String> removals,
            boolean rotateAgentToken,
            String planDigest,
            String requestKey) {
        public Wish {
            removals = Set.copyOf(removals);
        }
    }

    /** What came of a wish. */
    public sealed interface Answer {}

    /** The spec is not one. */
    public record Invalid(List<Problem> problems) implements Answer {}

    /**
     * What would be done; nothing is, and of the spec only the versions that it left out are kept.
     */
    public record Planned(
            Plan plan,
            Map<String, CheckResult> checks,
            List<FieldChange> changes,
            ClusterSpec spec,
            VersionNotes notes)
            implements Answer {}

    /** Everything is as it is wanted. */
    public record NothingToDo(Plan plan) implements Answer {}

    /** Something is in the way; nothing was touched. */
    public record Refused(List<Blocker> why) implements Answer {}

    /** Hosts would leave, and nobody has approved that yet; nothing was touched. */
    public record AsksFirst(Plan plan) implements Answer {}

    /** It is accepted, and runs. */
    public record Started(String operationId) implements Answer {}

    /**
     * What apply would do. Changes nothing on any host; versions that the spec leaves out are
     * chosen and kept, so that apply does what was seen here.
     */
    public Answer plan(Actor actor, Wish wish) throws InterruptedException {
        return switch (validate(actor, wish)) {
            case Wrong wrong -> new Invalid(wrong.problems());
            case Wanted wanted -> {
                var plan = planNow(wanted, wish);
                yield new Planned(
                        plan,
                        checks.check(plan),
                        wanted.changes(),
                        wanted.spec().cluster(),
                        wanted.notes());
            }
        };
    }

    /** Makes it so: spec → validate → observe → plan → execute; the operation reports. */
    public Answer apply(Actor actor, Wish wish) throws InterruptedException {
        return switch (validate(actor, wish)) {
            case Wrong wrong -> new Invalid(wrong.problems());
            case Wanted wanted -> apply(actor, wish, wanted);
        };
    }

    private Answer apply(Actor actor, Wish wish, Wanted wanted) throws InterruptedException {
        var earlier = clusters.earlier(wish.requestKey());
        if (earlier.isPresent()) {
            return new Started(earlier.get());
        }
        var notNow = notNow(actor, wanted);
        if (notNow.isPresent()) {
            return new Refused(List.of(notNow.get()));
        }
        var plan = planNow(wanted, wish);
        var unknown = unknown(wish.consent().unreachable(), plan);
        if (!plan.blockers().isEmpty() || !plan.postponed().isEmpty() || unknown.isPresent()) {
            return new Refused(inTheWay(plan, unknown));
        }
        if (!wish.planDigest().isEmpty() && !wish.planDigest().equals(plan.digest())) {
            return new Refused(
                    List.of(
                            new Blocker(
                                    "",
                                    "",
                                    "",
                                    "the plan is no longer " + Names.printable(wish.planDigest()),
                                    "look at it again: davit plan")));
        }
        if (plan.converged() && wanted.changes().isEmpty()) {
            return new NothingToDo(plan);
        }
        return approved(plan, wish.removals())
                ? execute(actor, wish, wanted, plan)
                : new AsksFirst(plan);
    }

    private static List<Blocker> inTheWay(Plan plan, Optional<Blocker> more) {
        return Stream.of(plan.blockers().stream(), plan.postponed().stream(), more.stream())
                .flatMap(it -> it)
                .toList();
    }

    /** A name that is given up, and that no host which leaves has: a slip of the pen. */
    private static Optional<Blocker> unknown(Set<String> unreachable, Plan plan) {
        return unreachable.stream()
                .filter(name -> plan.removals().stream().noneMatch(it -> it.host().equals(name)))
                .filter(name -> plan.blockers().stream().noneMatch(it -> it.host().equals(name)))
                .sorted()
                .findFirst()
                .map(name ->
                        new Blocker(
                                name,
                                "",
                                "",
                                "it was given up as unreachable, but no host of this name is to be"
                                        + " removed",
                                "leave --unreachable out, or check the name"));
    }

    private static boolean approved(Plan plan, Set<String> removals) {
        return plan.removals().stream()
                .allMatch(removal -> removals.contains(removal.hostId().value()));
    }

    /** A wish to end a cluster. */
    public record EndWish(String cluster, Consent consent, Set<String> removals) {
        public EndWish {
            removals = Set.copyOf(removals);
        }
    }

    /** Takes a cluster down: observe → plan → execute; the operation reports. */
    public Answer takeDown(Actor actor, EndWish wish) throws InterruptedException {
        var accepted = clusters.load(wish.cluster());
        var running = clusters.running(wish.cluster());
        if (running.isPresent()) {
            return new Refused(List.of(busy(running.get())));
        }
        var plan =
                desk.plan(accepted.spec(), accepted.bindings(), accepted.record(), wish.consent());
        if (!plan.blockers().isEmpty()) {
            return new Refused(plan.blockers());
        }
        if (!approved(plan, wish.removals())) {
            return new AsksFirst(plan);
        }
        var operation = operation(actor, plan, accepted.bindings(), wish.consent());
        return begun(clusters.acceptTakeDown(actor, operation), operation, plan);
    }

    /** A wish that members of pools leave their cluster. */
    public record LeaveWish(
            String cluster,
            Set<String> hosts,
            boolean allowDowntime,
            boolean forceDrain,
            Set<String> unreachable,
            Set<String> removals) {
        public LeaveWish {
            hosts = Set.copyOf(hosts);
            unreachable = Set.copyOf(unreachable);
            removals = Set.copyOf(removals);
        }
    }

    /**
     * Removes members of pools, and touches nothing else; unless one is given up, whose agent token
     * everybody else has to lose.
     */
    public Answer leave(Actor actor, LeaveWish wish) throws InterruptedException {
        var accepted = clusters.load(wish.cluster()).leaving(wish.hosts());
        var running = clusters.running(wish.cluster());
        if (running.isPresent()) {
            return new Refused(List.of(busy(running.get())));
        }
        var consent =
                Consent.toRemove(
                        wish.hosts(), wish.allowDowntime(), wish.forceDrain(), wish.unreachable());
        var plan = desk.plan(accepted.spec(), accepted.bindings(), accepted.record(), consent);
        var unknown = unknown(wish.unreachable(), plan);
        if (!plan.blockers().isEmpty() || !plan.postponed().isEmpty() || unknown.isPresent()) {
            return new Refused(inTheWay(plan, unknown));
        }
        if (!approved(plan, wish.removals())) {
            return new AsksFirst(plan);
        }
        var operation = operation(actor, plan, accepted.bindings(), consent);
        return begun(members.acceptLeaving(actor, operation, wish.hosts()), operation, plan);
    }

    /** Makes workers of members of pools that are not yet, and touches nothing else. */
    Answer join(String cluster, Set<String> hosts) throws InterruptedException {
        var accepted = clusters.load(cluster);
        var consent = Consent.toJoin(hosts);
        var plan = desk.plan(accepted.spec(), accepted.bindings(), accepted.record(), consent);
        if (!plan.blockers().isEmpty() || !plan.removals().isEmpty()) {
            return new Refused(plan.blockers());
        }
        if (plan.steps().isEmpty()) {
            return new NothingToDo(plan);
        }
        var operation = operation(Actor.controller(), plan, accepted.bindings(), consent);
        return begun(members.acceptJoining(operation, clock.instant()), operation, plan);
    }

    private Answer begun(AcceptedClusters.Answer answer, OperationRecord operation, Plan plan) {
        return switch (answer) {
            case AcceptedClusters.Accepted _ -> started(operation, plan);
            case AcceptedClusters.AlreadyAccepted earlier -> new Started(earlier.operationId());
            case AcceptedClusters.Busy busy -> new Refused(List.of(busy(busy.operationId())));
            case AcceptedClusters.Moved moved -> new Refused(List.of(moved(moved.how())));
            case AcceptedClusters.HostTaken taken ->
                    new Refused(
                            List.of(
                                    new Blocker(
                                            taken.host(),
                                            "",
                                            "",
                                            "host "
                                                    + taken.id()
                                                    + " was bound in cluster "
                                                    + taken.cluster()
                                                    + " meanwhile",
                                            "look at it again: davit plan")));
        };
    }

    private static Blocker moved(String how) {
        return new Blocker("", "", "", how, "look at it again: davit plan");
    }

    private OperationRecord operation(Actor actor, Plan plan, Bindings bindings, Consent consent) {
        return OperationRecord.start(
                ids.next(),
                plan.cluster(),
                plan.generation(),
                Envelope.of(plan, bindings),
                consent,
                actor.name(),
                clock.instant());
    }

    /** Why this cannot be applied now, whatever the plan would be. */
    private Optional<Blocker> notNow(Actor actor, Wanted wanted) {
        var running = clusters.running(wanted.spec().cluster().name());
        if (running.isPresent()) {
            return Optional.of(busy(running.get()));
        }
        var cluster = wanted.spec().cluster();
        boolean passesThrough =
                wanted.seen().isEmpty()
                        ? !cluster.server().isEmpty() || !cluster.agent().isEmpty()
                        : wanted.changes().stream()
                                .anyMatch(c ->
                                        c.path().matches("(spec\\.)?k3s\\.(server|agent)\\..*"));
        if (passesThrough && !AccessLevel.ADMIN.isThatOf(actor)) {
            return Optional.of(
                    new Blocker(
                            "",
                            "",
                            "",
                            "k3s keys that are passed through need access level admin, "
                                    + actor.name()
                                    + " has "
                                    + actor.access(),
                            "let an admin apply it: such keys can give anybody root on the hosts"));
        }
        return Optional.empty();
    }

    private sealed interface Reading {}

    private record Wrong(List<Problem> problems) implements Reading {}

    /** A valid spec beside what is accepted of its cluster. */
    private record Wanted(
            ValidSpec spec,
            Bindings bindings,
            ClusterRecord record,
            List<FieldChange> changes,
            VersionNotes notes,
            Optional<AcceptedCluster> seen)
            implements Reading {}

    private Reading validate(Actor actor, Wish wish) {
        var read = versions.read(reader, actor, wish.yaml());
        if (read.spec().isEmpty()) {
            return new Wrong(read.problems());
        }
        var spec = read.spec().get();
        var shared =
                OtherClusters.problems(
                        read, clusters.all().stream().map(c -> c.spec().cluster()).toList());
        if (!shared.isEmpty()) {
            return new Wrong(shared);
        }
        Optional<AcceptedCluster> accepted = clusters.find(spec.cluster().name());
        if (accepted.isEmpty()) {
            return new Wanted(
                    spec,
                    Bindings.none(),
                    ClusterRecord.fresh(spec.cluster().name(), 1),
                    List.of(),
                    read.notes(),
                    accepted);
        }
        var comparison = SpecComparison.of(accepted.get().spec(), read);
        var members = PoolMembers.of(accepted.get().spec().cluster());
        var problems = new ArrayList<>(comparison.problems());
        problems.addAll(PoolMembers.problems(read, members));
        if (!problems.isEmpty()) {
            return new Wrong(problems);
        }
        long generation =
                accepted.get().spec().generation() + (comparison.changes().isEmpty() ? 0 : 1);
        return new Wanted(
                spec.withMembers(members).withGeneration(generation),
                accepted.get().bindings(),
                accepted.get().record().withGeneration(generation),
                comparison.changes(),
                read.notes(),
                accepted);
    }

    private Plan planNow(Wanted wanted, Wish wish) throws InterruptedException {
        return desk.plan(wanted.spec(), wanted.bindings(), wanted.record(), consent(wanted, wish));
    }

    /** With the version that counts now: a plan that is made again later wants the same one. */
    private Consent consent(Wanted wanted, Wish wish) {
        return wish.rotateAgentToken()
                ? wish.consent()
                        .withAgentTokenAfter(desk.agentTokenVersion(wanted.spec().cluster().name()))
                : wish.consent();
    }

    private static Blocker busy(String operation) {
        return new Blocker(
                "",
                "",
                "",
                "operation " + operation + " runs on this cluster",
                "davit operations watch " + operation + ", or cancel it first");
    }

    private Answer execute(Actor actor, Wish wish, Wanted wanted, Plan plan) {
        var bindings = wanted.bindings();
        for (Plan.NewBinding binding : plan.newBindings()) {
            bindings = bindings.with(binding.host(), binding.hostId());
        }
        var operation = operation(actor, plan, bindings, consent(wanted, wish));
        return begun(
                clusters.accept(
                        actor,
                        wish.requestKey(),
                        wanted.seen(),
                        wish.yaml(),
                        wanted.spec(),
                        bindings,
                        operation),
                operation,
                plan);
    }

    private Answer started(OperationRecord operation, Plan plan) {
        LOG.info(
                "operation {} of cluster {} is accepted: generation {}, {} steps",
                operation.id(),
                operation.cluster(),
                operation.generation(),
                plan.steps().size());
        try {
            operations.start(operation);
        } catch (OperationRefusedException e) {
            return new Refused(
                    List.of(
                            new Blocker(
                                    "", "", "", String.valueOf(e.getMessage()), "apply again")));
        }
        return new Started(operation.id());
    }
}
