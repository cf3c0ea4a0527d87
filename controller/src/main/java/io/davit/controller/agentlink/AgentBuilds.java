package io.davit.controller.agentlink;

import io.davit.common.HostId;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/** The agents themselves: which build each runs, and how one is replaced by another. */
public interface AgentBuilds {

    /** The agent of a host as its newest session has it; empty if it had none since the start. */
    Optional<RunningAgent> agent(HostId host);

    /**
     * Sends an order. What comes of it is seen in {@link #agent}.
     *
     * @return false if the host has no session
     */
    boolean order(HostId host, Order order);

    /** Tells an agent on trial that it is kept; nothing happens while the host is away. */
    void commit(HostId host, String build);

    /**
     * An agent.
     *
     * @param connected it has a session now
     * @param build empty of one that cannot be replaced by its controller
     * @param onTrial it goes back unless it is committed
     * @param arch of its host; empty if it does not say
     * @param last how the last change of its build ended
     * @param progress of the newest order that it was sent in this reign
     * @param wellProbes "role/probe" of all that stand ok, of a health report that came in this
     *     session; empty while none has
     */
    record RunningAgent(
            boolean connected,
            String version,
            String build,
            boolean onTrial,
            String arch,
            Optional<Ended> last,
            Optional<Progress> progress,
            Optional<List<String>> wellProbes) {}

    /**
     * How a change ended.
     *
     * @param code why it went back: "fails", "silent", "power", "cannot"
     */
    record Ended(
            String order,
            String toBuild,
            boolean committed,
            String code,
            String why,
            List<String> logLines) {
        public Ended {
            logLines = List.copyOf(logLines);
        }
    }

    /** What an agent says of an order. */
    sealed interface Progress {
        String order();
    }

    /** It is at it: "fetched 12 of 46 MiB". */
    record Doing(String order, String what) implements Progress {}

    /** It does not follow it. */
    record NotFollowed(String order, String code, String why, String remedy) implements Progress {}

    /**
     * Another build is to be put on trial.
     *
     * @param id at most 64 letters, digits and hyphens
     * @param sha256 of the archive
     * @param again also if it did not stand its trial there before
     */
    record Order(
            String id,
            String version,
            String build,
            String sha256,
            long sizeBytes,
            boolean again) {}

    /** The longest that a build is on trial (the agent's davit-agent-switch). */
    Duration TRIAL = Duration.ofSeconds(60);
}
