package io.davit.controller.upgrade;

import io.davit.controller.store.Table;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * One host of an upgrade as it is stored.
 *
 * <pre>
 *   WAITING ──▶ SENT ──▶ DONE
 *      │          ├────▶ RETURNED  it went back to the build before
 *      │          ├────▶ REFUSED   it did not follow the order
 *      │          └────▶ LOST      nothing is heard of it
 *      ├────────▶ DONE             it ran that build already
 *      └────────▶ AWAY
 * </pre>
 *
 * @param place in the order, from 0
 * @param batch from 0
 * @param epoch in which the order was sent that counts
 * @param attempt how many orders were sent
 * @param probes that stood ok when the order was sent
 */
public record HostUpgrade(
        String hostId,
        String shown,
        String cluster,
        int place,
        int batch,
        AgentPackage target,
        String fromVersion,
        String fromBuild,
        State state,
        long epoch,
        int attempt,
        List<String> probes,
        String detail,
        List<String> logLines,
        Optional<Instant> startedAt,
        Optional<Instant> endedAt) {

    /** Below the upgrade's id, by place. */
    static final Table<HostUpgrade> TABLE = new Table<>("agents-upgrade-host", HostUpgrade.class);

    /** Where a host is. */
    public enum State {
        WAITING,
        SENT,
        DONE,
        RETURNED,
        REFUSED,
        LOST,
        AWAY;

        boolean failed() {
            return this == RETURNED || this == REFUSED || this == LOST;
        }
    }

    public HostUpgrade {
        probes = List.copyOf(probes);
        logLines = List.copyOf(logLines);
    }

    static HostUpgrade waiting(Member member, int place, int batch, AgentPackage target) {
        return new HostUpgrade(
                member.id().value(),
                member.shown(),
                member.cluster(),
                place,
                batch,
                target,
                "",
                "",
                State.WAITING,
                0,
                0,
                List.of(),
                "",
                List.of(),
                Optional.empty(),
                Optional.empty());
    }

    /** Names the order that is sent next, or was sent last. */
    String order(String upgrade) {
        return upgrade + "-" + place + "-" + attempt;
    }

    HostUpgrade runs(String version, String build) {
        return with(
                version, build, state, epoch, attempt, probes, detail, logLines, startedAt,
                endedAt);
    }

    HostUpgrade sent(long inEpoch, List<String> wellProbes, Instant now) {
        return with(
                fromVersion,
                fromBuild,
                State.SENT,
                inEpoch,
                attempt + 1,
                wellProbes,
                "ordered",
                List.of(),
                startedAt.or(() -> Optional.of(now)),
                Optional.empty());
    }

    HostUpgrade says(String what) {
        return with(
                fromVersion,
                fromBuild,
                state,
                epoch,
                attempt,
                probes,
                what,
                logLines,
                startedAt,
                endedAt);
    }

    HostUpgrade ended(State how, String why, List<String> lines, Instant now) {
        return with(
                fromVersion,
                fromBuild,
                how,
                epoch,
                attempt,
                probes,
                why,
                lines,
                startedAt,
                Optional.of(now));
    }

    /** The same host in the same place, and what has come of it. */
    private HostUpgrade with(
            String runsVersion,
            String runsBuild,
            State now,
            long inEpoch,
            int attempts,
            List<String> wellProbes,
            String what,
            List<String> lines,
            Optional<Instant> started,
            Optional<Instant> ended) {
        return new HostUpgrade(
                hostId,
                shown,
                cluster,
                place,
                batch,
                target,
                runsVersion,
                runsBuild,
                now,
                inEpoch,
                attempts,
                wellProbes,
                what,
                lines,
                started,
                ended);
    }
}
