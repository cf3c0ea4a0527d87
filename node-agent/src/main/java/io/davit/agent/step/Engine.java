package io.davit.agent.step;

import io.davit.agent.health.WatchedHost;
import io.davit.agent.profile.Catalogue;
import io.davit.agent.system.HostSystem;
import io.davit.common.Secret;
import io.davit.proto.agent.v1.CheckResult;
import io.davit.proto.agent.v1.ExecuteBatch;
import io.davit.proto.agent.v1.Observation;
import io.davit.proto.agent.v1.ProbeCall;
import io.davit.proto.agent.v1.ProbeReading;
import io.davit.proto.agent.v1.Step;
import io.davit.proto.agent.v1.StepResult;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * The one owner of a host: takes work, answers questions, keeps results until they are
 * acknowledged. Work goes on whether or not there is a session with the controller.
 *
 * <p>All methods may be called from any thread. {@link #submit}, {@link #cancel} and {@link
 * #acknowledge} never wait for a step; {@link #check}, {@link #observe} and {@link #probe} read the
 * host in the caller's thread and may take as long as that does (seconds).
 */
public interface Engine extends WatchedHost, AutoCloseable {

    /**
     * Opens this host's engine and starts its thread, which first looks at what an earlier run of
     * the agent left unfinished.
     *
     * @param stateDirectory {@code /var/lib/davit/agent}; made with mode 0700 if it is not there
     * @throws IOException if journal or ledger cannot be read: the agent must not work then
     */
    static Engine open(Path stateDirectory, String agentVersion, EnginePorts ports)
            throws IOException {
        return EngineParts.open(
                stateDirectory,
                agentVersion,
                ports,
                HostSystem.ofHost(stateDirectory.resolve("output")),
                Catalogue.compiledIn(),
                EngineParts.arch());
    }

    /**
     * Accepts a batch for execution after those already accepted, or refuses it whole and says why.
     * Steps whose (operation, step, attempt) is known are not executed again: one that waits or
     * runs is left alone, of one that ended the same result is reported again.
     */
    BatchAnswer submit(ExecuteBatch batch);

    /** Ends the batches of this operation after the step in hand. */
    void cancel(String operationId);

    /**
     * What these steps would change, in order, each over an overlay of what the earlier ones would
     * have done. Changes nothing.
     */
    List<CheckResult> check(List<Step> steps);

    /**
     * Facts and the inventory of every role in the catalogue.
     *
     * @throws java.io.UncheckedIOException if this host cannot be read; the message says what of it
     */
    Observation observe();

    @Override
    ProbeReading probe(String role, ProbeCall call, Duration deadline);

    @Override
    Set<String> installedRoles();

    /** The key for the digests of secret slots, from Welcome; kept in memory only. */
    void inventoryKey(Secret key);

    /**
     * The epoch that a Welcome brought. A higher one is persisted, and what was accepted from an
     * older reign and has not started is dropped. A lower one, or one more than 1,000 higher, is
     * not taken over; batches that carry it are refused.
     *
     * @param reignId tells reigns of one epoch apart; empty of a controller that knows none
     * @return why this reign is not obeyed: the same epoch was obeyed from another one
     */
    Optional<String> epoch(long epoch, String reignId);

    /** The highest epoch this agent has obeyed; 0 before the first. */
    long highestEpoch();

    /** The id of the reign that this epoch was obeyed from; empty if it gave none. */
    String reignId();

    /**
     * Results that were not acknowledged yet, oldest first; to be sent again after each Welcome.
     */
    List<StepResult> unacknowledged();

    /** The controller has this result; it need not be kept any longer. */
    void acknowledge(String operationId, String stepId, int attempt);

    /** The step being worked on, for heartbeats. */
    Optional<RunningStep> inHand();

    /**
     * From now on batches are refused as {@code busy}, if there is no work, begun or accepted.
     *
     * @param why told to who sends one
     * @return false if there is work; nothing has changed then
     */
    boolean rest(String why);

    /** From now on batches are refused as {@code busy}; what was accepted is done. */
    void holdBack(String why);

    /** Batches are taken again. */
    void goOn();

    /**
     * Stops after the step in hand, or gives that up if it only waits; what is cut off stays in the
     * journal as begun and is looked at on the next start.
     */
    @Override
    void close();
}
