package io.davit.agent.step;

import io.davit.agent.journal.Ledger;
import io.davit.agent.observe.Effect;
import io.davit.agent.observe.Obstacles;
import io.davit.agent.observe.OverlayHost;
import io.davit.agent.observe.ReadOnlyHost;
import io.davit.agent.observe.StartedWith;
import io.davit.agent.observe.UnitInputs;
import io.davit.agent.profile.Port;
import io.davit.agent.profile.Profile;
import io.davit.agent.profile.Unit;
import io.davit.agent.system.UnitStatus;
import io.davit.common.Names;
import io.davit.common.QuorumGuard;
import io.davit.proto.agent.v1.DesiredState;
import io.davit.proto.agent.v1.EnsureService;
import io.davit.proto.agent.v1.Step;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * A unit as the profile's template says, enabled and running with today's inputs, or disabled and
 * down.
 *
 * <ol>
 *   <li>A restart happens only where what the running service was started with differs from what is
 *       there now, and only for reasons that the plan knew.
 *   <li>Where only inputs differ that it reads again at a reload, it is reloaded instead.
 *   <li>What it was started with stands in the ledger beside the invocation that it is true of.
 *       After a crash, or when somebody else starts the service, the invocation is another, and
 *       what that one read is worked out from the files: nothing is restarted twice, and nothing
 *       runs on with a file that Davit has since mended.
 *   <li>Start and stop only queue the job. This step ends when systemd has taken it up; whether the
 *       service gets healthy is for AwaitHealthy.
 * </ol>
 */
final class EnsureServiceKind implements StepKind {

    private final EtcdGuard guard;

    EnsureServiceKind(EtcdGuard guard) {
        this.guard = guard;
    }

    @Override
    public Finding check(Step step, Profile profile, ReadOnlyHost host)
            throws StepEnded, IOException, InterruptedException {
        EnsureService ensure = step.getEnsureService();
        Unit unit = unit(ensure, profile);
        return ensure.getDesired() == DesiredState.DESIRED_STATE_STOPPED
                ? checkStopped(unit, host)
                : checkRunning(ensure, unit, profile, host);
    }

    private static Unit unit(EnsureService ensure, Profile profile) throws StepEnded {
        if (ensure.getDesired() != DesiredState.DESIRED_STATE_RUNNING
                && ensure.getDesired() != DesiredState.DESIRED_STATE_STOPPED) {
            throw StepEnded.failed("cannot keep a service: no desired state was sent");
        }
        return profile.unit(ensure.getUnit())
                .orElseThrow(() ->
                        StepEnded.failed(
                                "cannot keep \"%s\": role %s has no such unit"
                                        .formatted(
                                                Names.printable(ensure.getUnit()),
                                                profile.role())));
    }

    private static Finding checkStopped(Unit unit, ReadOnlyHost host)
            throws StepEnded, IOException, InterruptedException {
        UnitStatus status = host.unit(unit.name());
        if (!status.exists() || status.down() && !status.enabled()) {
            return new Finding.Same();
        }
        needOurs(unit, host);
        return Finding.Different.of(
                "would stop and disable " + unit.name(), List.of(new Effect.UnitDown(unit.name())));
    }

    private static Finding checkRunning(
            EnsureService ensure, Unit unit, Profile profile, ReadOnlyHost host)
            throws StepEnded, IOException, InterruptedException {
        needOurs(unit, host);
        String text = render(ensure, unit);
        SortedMap<String, String> inputs = inputs(ensure, unit, profile, host);
        UnitStatus status = host.unit(unit.name());
        var differences = new ArrayList<String>();
        if (!unitFileIs(unit, text, host)) {
            differences.add("write " + unit.path());
        }
        if (differences.isEmpty() && !parametersAre(ensure, unit, host)) {
            differences.add("note its parameters");
        }
        if (!status.enabled()) {
            differences.add("enable " + unit.name());
        }
        boolean restart = false;
        if (!status.up()) {
            needFreePorts(unit, profile, status, host);
            differences.add("start " + unit.name());
        } else {
            List<String> because = restartBecause(profile, unit, inputs, status, host);
            needPlanned(because, ensure, unit);
            restart = !onlyReloads(unit, because);
            if (!because.isEmpty()) {
                differences.add(
                        "%s %s (%s changed)"
                                .formatted(
                                        restart ? "restart" : "reload",
                                        unit.name(),
                                        String.join(", ", because)));
            }
        }
        if (differences.isEmpty()) {
            return new Finding.Same();
        }
        return new Finding.Different(
                "would " + String.join(", ", differences),
                "",
                List.of(),
                restart,
                effects(ensure, unit, status, text, inputs, profile));
    }

    private static List<Effect> effects(
            EnsureService ensure,
            Unit unit,
            UnitStatus status,
            String text,
            SortedMap<String, String> inputs,
            Profile profile) {
        return List.of(
                new Effect.FilePlaced(
                        unit.path(),
                        0644,
                        "root",
                        "root",
                        Optional.of(text.getBytes(StandardCharsets.UTF_8))),
                new Effect.LedgerChanged(ledger ->
                        ledger.withPaths(profile.role(), unit.files())
                                .withUnit(
                                        unit.name(),
                                        Ledger.UnitEntry.stopped(
                                                        profile.role(), ensure.getParametersMap())
                                                .started(
                                                        StartedWith.life(
                                                                unit, OverlayHost.up(status)),
                                                        inputs))),
                new Effect.UnitUp(unit.name()));
    }

    private static void needOurs(Unit unit, ReadOnlyHost host)
            throws StepEnded, IOException, InterruptedException {
        var file = Obstacles.file(unit.path(), host);
        var obstacle = file.isPresent() ? file : Obstacles.unit(unit, host);
        if (obstacle.isPresent()) {
            throw StepEnded.blocked(
                    "cannot keep %s: not ours: %s".formatted(unit.name(), obstacle.get().getWhy()),
                    obstacle.get().getRemedy());
        }
    }

    private static String render(EnsureService ensure, Unit unit) throws StepEnded {
        try {
            return unit.render(ensure.getParametersMap());
        } catch (IllegalArgumentException e) {
            throw StepEnded.failed("cannot write unit " + unit.name() + ": " + e.getMessage());
        }
    }

    private static SortedMap<String, String> inputs(
            EnsureService ensure, Unit unit, Profile profile, ReadOnlyHost host)
            throws StepEnded, IOException {
        var inputs = UnitInputs.now(profile, unit, ensure.getParametersMap(), host);
        if (!UnitInputs.complete(unit, inputs)) {
            throw StepEnded.retry(
                    Duration.ofSeconds(5),
                    "cannot compare inputs of %s: the inventory key is not known yet"
                            .formatted(unit.name()));
        }
        for (Map.Entry<String, String> input : inputs.entrySet()) {
            if (input.getValue().equals(UnitInputs.ABSENT) && !profile.optional(input.getKey())) {
                throw StepEnded.failed(
                        "cannot start %s: %s is not there".formatted(unit.name(), input.getKey()));
            }
        }
        return inputs;
    }

    private static boolean unitFileIs(Unit unit, String text, ReadOnlyHost host)
            throws IOException {
        var status = host.status(unit.path());
        return status.isPresent()
                && status.get().isFile()
                && status.get().mode() == 0644
                && Arrays.equals(
                        host.read(unit.path(), 64 * 1024), text.getBytes(StandardCharsets.UTF_8));
    }

    private static boolean parametersAre(EnsureService ensure, Unit unit, ReadOnlyHost host) {
        var entry = host.ledger().units().get(unit.name());
        return entry != null && entry.parameters().equals(new TreeMap<>(ensure.getParametersMap()));
    }

    private static void needFreePorts(
            Unit unit, Profile profile, UnitStatus status, ReadOnlyHost host)
            throws StepEnded, IOException, InterruptedException {
        if (!status.down()) {
            return; // it is on its way down and may hold them itself
        }
        for (Port port : profile.ports()) {
            var obstacle = Obstacles.port(port, host);
            if (obstacle.isPresent()) {
                throw StepEnded.blocked(
                        "cannot start %s: %s".formatted(unit.name(), obstacle.get().getWhy()),
                        obstacle.get().getRemedy());
            }
        }
    }

    /** Inputs whose value is another than the one the running service was started with. */
    private static List<String> restartBecause(
            Profile profile,
            Unit unit,
            SortedMap<String, String> inputs,
            UnitStatus status,
            ReadOnlyHost host)
            throws IOException {
        var entry = host.ledger().units().get(unit.name());
        SortedMap<String, String> startedWith =
                entry == null
                        ? new TreeMap<>()
                        : StartedWith.of(profile, unit, entry, status, host);
        var names = new TreeSet<>(inputs.keySet());
        names.addAll(startedWith.keySet());
        return names.stream()
                .filter(name ->
                        !Optional.ofNullable(inputs.get(name))
                                .equals(Optional.ofNullable(startedWith.get(name))))
                .toList();
    }

    private static boolean onlyReloads(Unit unit, List<String> because) {
        return unit.reloaded().containsAll(because);
    }

    private static void needPlanned(List<String> because, EnsureService ensure, Unit unit)
            throws StepEnded {
        var unplanned = new ArrayList<>(because);
        unplanned.removeAll(ensure.getRestartBecauseList());
        if (!unplanned.isEmpty()) {
            throw StepEnded.stale(
                    "%s would be restarted for %s, which the plan did not know"
                            .formatted(unit.name(), String.join(", ", unplanned)));
        }
    }

    @Override
    public Optional<String> apply(Step step, Profile profile, Work work)
            throws StepEnded, IOException, InterruptedException {
        EnsureService ensure = step.getEnsureService();
        Unit unit = unit(ensure, profile);
        var service = new ServiceControl(unit, guard, work);
        if (ensure.getDesired() == DesiredState.DESIRED_STATE_STOPPED) {
            service.stop(ensure.getAllowDowntime());
            return Optional.of("stopped " + unit.name());
        }
        String text = render(ensure, unit);
        SortedMap<String, String> inputs = inputs(ensure, unit, profile, work.host());
        UnitStatus before = work.host().unit(unit.name());
        List<String> because =
                before.up()
                        ? restartBecause(profile, unit, inputs, before, work.host())
                        : List.of();
        boolean restart = !onlyReloads(unit, because);
        if (restart) {
            guard.ask(QuorumGuard.Action.RESTART, unit, ensure.getAllowDowntime());
        }
        var done = service.write(text, profile.role(), ensure.getParametersMap());
        if (!before.up() || restart) {
            service.start(inputs, restart);
            done.add((restart ? "restarted " : "started ") + unit.name());
        } else if (!because.isEmpty()) {
            service.reload(inputs);
            done.add("reloaded " + unit.name());
        }
        return Optional.of(done.isEmpty() ? "noted its parameters" : String.join(", ", done));
    }
}
