package io.davit.agent.step;

import io.davit.agent.journal.Ledger;
import io.davit.agent.observe.StartedWith;
import io.davit.agent.observe.UnitInputs;
import io.davit.agent.profile.Unit;
import io.davit.agent.system.Systemd;
import io.davit.agent.system.UnitStatus;
import io.davit.common.QuorumGuard;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** Writes, starts and stops one unit; the ledger claims a file before it is written. */
final class ServiceControl {

    private static final Duration TAKEN_UP = Duration.ofSeconds(120);
    private static final Duration POLL = Duration.ofMillis(100);
    private static final int LOG_LINES = 20;

    private final Unit unit;
    private final EtcdGuard guard;
    private final Work work;
    private final Systemd systemd;

    ServiceControl(Unit unit, EtcdGuard guard, Work work) {
        this.unit = unit;
        this.guard = guard;
        this.work = work;
        this.systemd = work.system().systemd();
    }

    /**
     * Puts the unit file there, has systemd read it, and enables it.
     *
     * @return what was done, for people
     */
    List<String> write(String text, String role, Map<String, String> parameters)
            throws IOException, InterruptedException {
        work.claim(role, unit.files());
        byte[] wanted = text.getBytes(StandardCharsets.UTF_8);
        var there = work.host().status(unit.path());
        boolean changed =
                there.isEmpty()
                        || there.get().mode() != 0644
                        || !Arrays.equals(work.host().read(unit.path(), 64 * 1024), wanted);
        var done = new ArrayList<String>();
        if (changed) {
            work.system().files().write(unit.path(), wanted, 0644, "root", "root");
            done.add("wrote " + unit.path());
        }
        entry(role, old -> old.withParameters(parameters));
        UnitStatus status = systemd.unit(unit.name());
        if (!status.enabled()) {
            systemd.enable(unit.name()); // systemd reads all units anew then, at no small cost
            done.add("enabled " + unit.name());
        } else if (changed || status.needsReload() || !status.exists()) {
            systemd.reload();
        }
        return done;
    }

    private void entry(String role, java.util.function.UnaryOperator<Ledger.UnitEntry> change)
            throws IOException {
        work.ledger(ledger -> {
            Ledger.UnitEntry old =
                    ledger.units()
                            .getOrDefault(unit.name(), Ledger.UnitEntry.stopped(role, Map.of()));
            return ledger.withUnit(unit.name(), change.apply(old));
        });
    }

    /** Starts or restarts it, and ends when systemd has begun a new invocation. */
    void start(SortedMap<String, String> inputs, boolean restart)
            throws StepEnded, IOException, InterruptedException {
        UnitStatus before = systemd.unit(unit.name());
        String role = work.ledger().units().get(unit.name()) == null ? "" : roleNow();
        if (before.activeState().equals("failed")) {
            systemd.resetFailed(unit.name());
        }
        if (before.job() == 0) {
            if (restart) {
                systemd.restart(unit.name());
            } else {
                systemd.start(unit.name());
            }
        }
        UnitStatus after = awaitInvocationAfter(before);
        entry(role, old -> old.started(StartedWith.life(unit, after), inputs));
    }

    /**
     * Has it read its inputs again while it runs. A reload that failed is a new {@link
     * StartedWith#life} too, and goes on with the inputs of the one before.
     */
    void reload(SortedMap<String, String> inputs)
            throws StepEnded, IOException, InterruptedException {
        UnitStatus before = systemd.unit(unit.name());
        Ledger.UnitEntry known = work.ledger().units().get(unit.name());
        try {
            reload();
        } catch (IOException e) {
            UnitStatus still = systemd.unit(unit.name());
            if (still.invocationId().equals(before.invocationId())) {
                var had = had(known, before, inputs);
                entry(roleNow(), old -> old.started(StartedWith.life(unit, still), had));
            }
            throw StepEnded.failed(
                    "cannot reload %s, which goes on with what it had: %s"
                            .formatted(unit.name(), e.getMessage()),
                    systemd.log(unit.name(), LOG_LINES));
        }
        UnitStatus after = systemd.unit(unit.name());
        entry(roleNow(), old -> old.started(StartedWith.life(unit, after), inputs));
    }

    private void reload() throws IOException, InterruptedException {
        if (unit.unseenServers().isEmpty()) {
            systemd.reload(unit.name());
            return;
        }
        try (var told = UnseenServersFile.write(unit.unseenServers().get(), work)) {
            systemd.reload(unit.name());
            told.awaitReader();
        }
    }

    /**
     * What it ran with before the reload; where nobody knows that, nothing that could be wanted.
     */
    private SortedMap<String, String> had(
            Ledger.@Nullable UnitEntry known, UnitStatus before, SortedMap<String, String> inputs) {
        if (known != null && known.knows(StartedWith.life(unit, before))) {
            return known.startedWith();
        }
        var unknown = new TreeMap<>(inputs);
        unknown.replaceAll((name, value) -> UnitInputs.UNKNOWN);
        return unknown;
    }

    private String roleNow() {
        Ledger.UnitEntry entry = work.ledger().units().get(unit.name());
        return entry == null ? "" : entry.role();
    }

    private UnitStatus awaitInvocationAfter(UnitStatus before)
            throws StepEnded, IOException, InterruptedException {
        long end = work.system().clock().nanoTime() + work.left(TAKEN_UP).toNanos();
        while (true) {
            UnitStatus now = systemd.unit(unit.name());
            boolean begun =
                    !now.invocationId().isEmpty()
                            && !now.invocationId().equals(before.invocationId());
            if (begun && now.up()) {
                return now;
            }
            if (now.job() == 0 && now.down()) {
                throw StepEnded.failed(
                        now.asserted()
                                ? "cannot start %s: it ended at once (%s)"
                                        .formatted(unit.name(), now.result())
                                : "cannot start %s: its data directory is not there, and it has joined its cluster before"
                                        .formatted(unit.name()),
                        systemd.log(unit.name(), LOG_LINES));
            }
            if (work.system().clock().nanoTime() >= end) {
                throw StepEnded.retry(
                        Duration.ofSeconds(5),
                        "cannot start %s: systemd has not taken it up yet (%s, %s)"
                                .formatted(unit.name(), now.activeState(), now.subState()));
            }
            work.progress(
                    "waiting for systemd to start %s (%s, %s)"
                            .formatted(unit.name(), now.activeState(), now.subState()));
            work.pause(POLL);
        }
    }

    /** Stops and disables it, and ends when nothing of it runs. */
    void stop(boolean allowDowntime) throws StepEnded, IOException, InterruptedException {
        if (systemd.unit(unit.name()).up()) {
            guard.ask(QuorumGuard.Action.STOP, unit, allowDowntime);
        }
        stopNow();
    }

    /**
     * The same at the end of its role.
     *
     * @param withItsCluster all members end: there is no quorum to keep
     */
    void end(boolean withItsCluster) throws StepEnded, IOException, InterruptedException {
        if (withItsCluster) {
            stopNow();
        } else {
            stop(false);
        }
    }

    private void stopNow() throws StepEnded, IOException, InterruptedException {
        UnitStatus before = systemd.unit(unit.name());
        if (before.enabled()) {
            systemd.disable(unit.name());
        }
        if (!before.down()) {
            systemd.stop(unit.name());
        }
        long end = work.system().clock().nanoTime() + work.left(TAKEN_UP).toNanos();
        while (true) {
            UnitStatus now = systemd.unit(unit.name());
            if (now.down() && now.job() == 0) {
                break;
            }
            if (work.system().clock().nanoTime() >= end) {
                throw StepEnded.retry(
                        Duration.ofSeconds(5),
                        "cannot stop %s: it is still %s".formatted(unit.name(), now.activeState()));
            }
            work.progress("waiting for %s to stop".formatted(unit.name()));
            work.pause(POLL);
        }
        if (work.ledger().units().containsKey(unit.name())) {
            entry(roleNow(), old -> Ledger.UnitEntry.stopped(old.role(), old.parameters()));
        }
    }
}
