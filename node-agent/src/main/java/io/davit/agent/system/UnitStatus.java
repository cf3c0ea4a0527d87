package io.davit.agent.system;

import java.time.Instant;
import java.util.Optional;

/**
 * What systemd says of a unit ({@code systemctl show}).
 *
 * @param loadState {@code loaded}, {@code not-found}, {@code masked}, …
 * @param unitFileState {@code enabled}, {@code disabled}, …; empty without a unit file
 * @param invocationId new at each start; empty before the first
 * @param started when this invocation left the inactive state, before its first process ran; empty
 *     before the first
 * @param changed when its state changed last, at a reload as well
 * @param job the number of a queued job, 0 without one
 * @param asserted false if the last start failed an assertion of the unit
 * @param result how the service ended last: {@code success}, {@code exit-code}, …
 */
public record UnitStatus(
        String loadState,
        String activeState,
        String subState,
        String unitFileState,
        String fragmentPath,
        String invocationId,
        Optional<Instant> started,
        Optional<Instant> changed,
        int restarts,
        int job,
        boolean asserted,
        String result,
        boolean needsReload) {

    /** A unit that systemd knows nothing of. */
    public static final UnitStatus ABSENT =
            new UnitStatus(
                    "not-found",
                    "inactive",
                    "dead",
                    "",
                    "",
                    "",
                    Optional.empty(),
                    Optional.empty(),
                    0,
                    0,
                    true,
                    "success",
                    false);

    public boolean exists() {
        return !loadState.equals("not-found");
    }

    /** systemd keeps it up: it runs, is on its way, or is waiting for its next try. */
    public boolean up() {
        return activeState.equals("active")
                || activeState.equals("activating")
                || activeState.equals("reloading");
    }

    /** Nothing of it runs. */
    public boolean down() {
        return activeState.equals("inactive") || activeState.equals("failed");
    }

    /** As it is while its package is being installed; until the next boot at most. */
    public boolean maskedForNow() {
        return unitFileState.equals("masked-runtime");
    }

    public boolean enabled() {
        return unitFileState.equals("enabled");
    }
}
