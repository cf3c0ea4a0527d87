package io.davit.agent.step;

import io.davit.agent.observe.ReadOnlyHost;
import io.davit.agent.profile.Profile;
import io.davit.agent.profile.Unit;
import io.davit.common.Names;
import io.davit.proto.agent.v1.AwaitHealthy;
import io.davit.proto.agent.v1.ProbeCall;
import io.davit.proto.agent.v1.ProbeReading;
import io.davit.proto.agent.v1.Step;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/** Waits until all probes have been ok for long enough without a break. */
final class AwaitHealthyKind implements StepKind {

    private static final Duration PROBE = Duration.ofSeconds(5);
    private static final Duration BETWEEN = Duration.ofMillis(500);
    private static final Duration BETWEEN_AT_MOST = Duration.ofSeconds(3);
    private static final Duration BETWEEN_LOGS = Duration.ofSeconds(5);
    private static final int PROGRESS_LINES = 5;
    private static final int FAILURE_LINES = 20;

    @Override
    public boolean always() {
        return true;
    }

    @Override
    public Finding check(Step step, Profile profile, ReadOnlyHost host)
            throws StepEnded, IOException, InterruptedException {
        AwaitHealthy await = step.getAwaitHealthy();
        judge(await, profile);
        for (ProbeCall call : await.getProbesList()) {
            ProbeReading reading = host.probe(profile.role(), call, PROBE);
            if (!reading.getOk()) {
                return Finding.Different.of(
                        "would wait for probe %s.%s; now: %s"
                                .formatted(profile.role(), call.getProbe(), reading.getError()),
                        List.of());
            }
        }
        return new Finding.Same();
    }

    private static void judge(AwaitHealthy await, Profile profile) throws StepEnded {
        if (await.getProbesCount() == 0) {
            throw StepEnded.failed("cannot wait for " + profile.role() + ": no probe was named");
        }
        for (ProbeCall call : await.getProbesList()) {
            if (profile.probe(call.getProbe()).isEmpty()) {
                throw StepEnded.failed(
                        "cannot wait for \"%s\": role %s has no such probe"
                                .formatted(Names.printable(call.getProbe()), profile.role()));
            }
        }
    }

    @Override
    public Optional<String> apply(Step step, Profile profile, Work work)
            throws StepEnded, IOException, InterruptedException {
        AwaitHealthy await = step.getAwaitHealthy();
        judge(await, profile);
        var clock = work.system().clock();
        long stableNanos =
                Duration.ofSeconds(
                                await.getStableFor().getSeconds(), await.getStableFor().getNanos())
                        .toNanos();
        boolean healthy = false;
        long healthySince = 0;
        long logsAt = clock.nanoTime() - BETWEEN_LOGS.toNanos();
        while (true) {
            long asked = clock.nanoTime();
            Optional<String> failing = failing(await, profile, work);
            long now = clock.nanoTime();
            if (failing.isEmpty()) {
                healthySince = healthy ? healthySince : now;
                healthy = true;
                if (now - healthySince >= stableNanos) {
                    return Optional.empty();
                }
                work.progress("healthy; waiting whether it stays so");
            } else {
                healthy = false;
                boolean withLogs = now - logsAt >= BETWEEN_LOGS.toNanos();
                logsAt = withLogs ? now : logsAt;
                work.progress(
                        failing.get(), withLogs ? log(profile, work, PROGRESS_LINES) : List.of());
            }
            if (work.overdue()) {
                throw StepEnded.failed(
                        "cannot wait any longer for %s: %s after %d s"
                                .formatted(
                                        profile.role(),
                                        failing.orElse("it is not stable"),
                                        work.deadline().toSeconds()),
                        log(profile, work, FAILURE_LINES));
            }
            work.endIfCancelled(failing.orElse("it may not be stable"));
            work.pause(between(Duration.ofNanos(now - asked)));
        }
    }

    /**
     * Probes that cost something are asked less often: a fifth of the time at most, so that waiting
     * for a server does not slow its start.
     */
    private static Duration between(Duration took) {
        Duration pause = took.multipliedBy(4);
        return pause.compareTo(BETWEEN) < 0
                ? BETWEEN
                : pause.compareTo(BETWEEN_AT_MOST) > 0 ? BETWEEN_AT_MOST : pause;
    }

    /** The first probe that is not ok, with its error. */
    private static Optional<String> failing(AwaitHealthy await, Profile profile, Work work)
            throws InterruptedException {
        for (ProbeCall call : await.getProbesList()) {
            Duration deadline = work.left(PROBE);
            ProbeReading reading =
                    work.host()
                            .probe(
                                    profile.role(),
                                    call,
                                    deadline.isZero() ? Duration.ofSeconds(1) : deadline);
            if (!reading.getOk()) {
                return Optional.of(
                        "probe %s.%s: %s"
                                .formatted(profile.role(), call.getProbe(), reading.getError()));
            }
        }
        return Optional.empty();
    }

    private static List<String> log(Profile profile, Work work, int lines)
            throws InterruptedException {
        if (profile.units().isEmpty()) {
            return List.of();
        }
        Unit unit = profile.units().getFirst();
        return work.system().systemd().log(unit.name(), lines);
    }
}
