package io.davit.controller.flow;

import io.davit.controller.audit.Actor;
import io.davit.controller.disk.Room;
import io.davit.controller.execute.ClusterStore.AcceptedCluster;
import io.davit.controller.execute.Envelope;
import io.davit.controller.execute.OperationRecord;
import io.davit.controller.execute.Operations;
import io.davit.controller.execute.Operations.OperationRefusedException;
import io.davit.controller.execute.PlanDesk;
import io.davit.controller.execute.SnapshotSource;
import io.davit.controller.plan.Blocker;
import io.davit.controller.plan.Consent;
import io.davit.controller.plan.EtcdState;
import io.davit.controller.snapshot.SnapshotShelf;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Clock;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A snapshot, from the wish to the operation.
 *
 * <ol>
 *   <li>Nothing else acts on the cluster, and its etcd has been bootstrapped.
 *   <li>A healthy member is chosen ({@link SnapshotSource}), once: an operation that loses it ends,
 *       and asking again costs nothing.
 *   <li>There is room for what it says it has.
 *   <li>The operation is accepted, and runs by itself. The snapshot has its name.
 * </ol>
 */
public final class SnapshotFlow {

    private static final Logger LOG = LoggerFactory.getLogger(SnapshotFlow.class);

    private final AcceptedClusters clusters;
    private final PlanDesk desk;
    private final SnapshotSource source;
    private final SnapshotShelf shelf;
    private final Operations operations;
    private final OperationIds ids;
    private final Clock clock;

    public SnapshotFlow(
            AcceptedClusters clusters,
            PlanDesk desk,
            SnapshotSource source,
            SnapshotShelf shelf,
            Operations operations,
            OperationIds ids,
            Clock clock) {
        this.clusters = clusters;
        this.desk = desk;
        this.source = source;
        this.shelf = shelf;
        this.operations = operations;
        this.ids = ids;
        this.clock = clock;
    }

    /** What came of a wish. */
    public sealed interface Answer {}

    /** Something is in the way; nothing was done. */
    public record Refused(List<Blocker> why) implements Answer {}

    /**
     * It runs.
     *
     * @param name of the operation, and of the snapshot
     * @param host that it comes from
     */
    public record Started(String name, String host) implements Answer {}

    /** Takes a snapshot of a cluster that exists. */
    public Answer take(Actor actor, String cluster) throws InterruptedException {
        var accepted = clusters.load(cluster);
        var running = clusters.running(cluster);
        if (running.isPresent()) {
            return busy(running.get());
        }
        if (!(accepted.record().etcd() instanceof EtcdState.Done)) {
            return refused(
                    "etcd of this cluster has never been up", "bring it up first: davit apply");
        }
        return switch (source.choose(accepted)) {
            case SnapshotSource.Nobody nobody -> new Refused(nobody.why());
            case SnapshotSource.Chosen chosen when free() < chosen.databaseBytes() + Room.RESERVE ->
                    refused(
                            "the controller has %d MiB free, %d are needed"
                                    .formatted(
                                            free() >> 20,
                                            chosen.databaseBytes() + Room.RESERVE >> 20),
                            "make room on its host; davit etcd snapshots lists those it holds");
            case SnapshotSource.Chosen chosen -> start(actor, accepted, chosen.host());
        };
    }

    private Answer start(Actor actor, AcceptedCluster accepted, String host)
            throws InterruptedException {
        String name = ids.next();
        var consent = Consent.toSnapshot(name, host);
        var plan = desk.plan(accepted.spec(), accepted.bindings(), accepted.record(), consent);
        if (!plan.blockers().isEmpty()) {
            return new Refused(plan.blockers());
        }
        var operation =
                OperationRecord.start(
                        name,
                        plan.cluster(),
                        plan.generation(),
                        Envelope.of(plan, accepted.bindings()),
                        consent,
                        actor.name(),
                        clock.instant());
        if (clusters.acceptSnapshot(actor, operation)
                instanceof AcceptedClusters.Busy(String other)) {
            return busy(other);
        }
        LOG.info("snapshot {} of cluster {} is taken from {}", name, plan.cluster(), host);
        try {
            operations.start(operation);
        } catch (OperationRefusedException e) {
            return refused(String.valueOf(e.getMessage()), "ask again");
        }
        return new Started(name, host);
    }

    private long free() {
        try {
            return shelf.freeBytes();
        } catch (IOException e) {
            throw new UncheckedIOException("cannot look where snapshots lie", e);
        }
    }

    private static Refused busy(String operation) {
        return refused(
                "operation " + operation + " runs on this cluster",
                "davit operations watch " + operation + ", or cancel it first");
    }

    private static Refused refused(String cause, String remedy) {
        return new Refused(List.of(new Blocker("", "", "", cause, remedy)));
    }
}
