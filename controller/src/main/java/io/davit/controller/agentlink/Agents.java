package io.davit.controller.agentlink;

import io.davit.common.HostId;
import io.davit.controller.observe.ObservedHost;
import io.davit.controller.plan.ProbeCall;
import java.time.Duration;
import java.util.List;

/**
 * The hosts, as far as the controller can reach them. All methods block their (virtual) thread and
 * are interruptible; all may be called from many threads at once.
 */
public interface Agents {

    /**
     * All enrolled hosts, connected or not, with the last observation of each and its age. Does not
     * ask them.
     */
    List<ObservedHost> hosts();

    /**
     * Asks a host for a new observation.
     *
     * @return the host with this observation
     * @throws HostAwayException when it has no session or does not answer in time
     */
    ObservedHost observe(HostId host, Duration deadline)
            throws HostAwayException, InterruptedException;

    /**
     * Asks a host what the steps would do, in order, each over what the earlier ones would have
     * done. Changes nothing.
     */
    List<CheckResult> check(HostId host, List<Command> commands, Duration deadline)
            throws HostAwayException, InterruptedException;

    /**
     * Runs a batch and returns when it has ended, or contact is lost. The steps' own deadlines
     * bound it.
     */
    BatchEnd execute(HostId host, Batch batch, BatchListener listener) throws InterruptedException;

    /** Reads a probe now. */
    ProbeReading probe(HostId host, String role, ProbeCall probe, Duration deadline)
            throws HostAwayException, InterruptedException;

    /** Tells a host to start no further step of this operation. Does nothing when it is away. */
    void cancel(HostId host, String operationId);

    /**
     * Waits until a host has a session.
     *
     * @return false when the deadline passed
     */
    boolean awaitConnected(HostId host, Duration deadline) throws InterruptedException;
}
