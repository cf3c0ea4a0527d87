package io.davit.controller.flow;

import io.davit.common.Names;
import io.davit.controller.access.Answers;
import io.davit.controller.access.Peer;
import io.davit.controller.report.PlanMessages;
import io.davit.controller.snapshot.Snapshots;
import io.davit.proto.operator.v1.EtcdSnapshotsGrpc;
import io.davit.proto.operator.v1.ListSnapshotsRequest;
import io.davit.proto.operator.v1.ListSnapshotsResponse;
import io.davit.proto.operator.v1.RemoveSnapshotRequest;
import io.davit.proto.operator.v1.RemoveSnapshotResponse;
import io.davit.proto.operator.v1.Snapshot;
import io.davit.proto.operator.v1.TakeSnapshotRequest;
import io.davit.proto.operator.v1.TakeSnapshotResponse;
import io.grpc.Status;
import io.grpc.stub.StreamObserver;
import java.io.IOException;
import java.io.UncheckedIOException;

/** Snapshots of etcd, for operators: everything but what is in them. */
public final class SnapshotsService extends EtcdSnapshotsGrpc.EtcdSnapshotsImplBase {

    private final SnapshotFlow flow;
    private final AcceptedClusters clusters;
    private final Snapshots snapshots;

    public SnapshotsService(SnapshotFlow flow, AcceptedClusters clusters, Snapshots snapshots) {
        this.flow = flow;
        this.clusters = clusters;
        this.snapshots = snapshots;
    }

    @Override
    public void take(TakeSnapshotRequest request, StreamObserver<TakeSnapshotResponse> observer) {
        var actor = Peer.current().actor();
        Answers.unary(
                observer,
                () -> {
                    String cluster = request.getCluster();
                    if (!Names.isLabel(cluster) || clusters.find(cluster).isEmpty()) {
                        throw Answers.refusal(
                                Status.NOT_FOUND,
                                "cannot take a snapshot of cluster %s: there is none; davit clusters lists them"
                                        .formatted(Names.printable(cluster)));
                    }
                    var answer = TakeSnapshotResponse.newBuilder();
                    switch (Waiting.uninterrupted(() -> flow.take(actor, cluster))) {
                        case SnapshotFlow.Started started ->
                                answer.setOperationId(started.name()).setHost(started.host());
                        case SnapshotFlow.Refused refused ->
                                refused.why()
                                        .forEach(why ->
                                                answer.addRefused(PlanMessages.blocker(why)));
                    }
                    return answer.build();
                });
    }

    @Override
    public void list(ListSnapshotsRequest request, StreamObserver<ListSnapshotsResponse> observer) {
        Answers.unary(
                observer,
                () -> {
                    var answer = ListSnapshotsResponse.newBuilder();
                    snapshots.all().stream()
                            .filter(it ->
                                    request.getCluster().isEmpty()
                                            || it.cluster().equals(request.getCluster()))
                            .forEach(it -> answer.addSnapshots(view(it)));
                    return answer.build();
                });
    }

    @Override
    public void remove(
            RemoveSnapshotRequest request, StreamObserver<RemoveSnapshotResponse> observer) {
        var actor = Peer.current().actor();
        Answers.unary(
                observer,
                () -> {
                    var snapshot =
                            snapshots
                                    .find(request.getName())
                                    .orElseThrow(() ->
                                            Answers.refusal(
                                                    Status.NOT_FOUND,
                                                    "cannot remove snapshot %s: there is none; davit etcd snapshots lists them"
                                                            .formatted(
                                                                    Names.printable(
                                                                            request.getName()))));
                    var view = view(snapshot);
                    try {
                        snapshots.remove(actor, "davit.operator.v1.EtcdSnapshots/Remove", snapshot);
                    } catch (IOException e) {
                        throw new UncheckedIOException(
                                "cannot remove the file of snapshot " + snapshot.name(), e);
                    }
                    return RemoveSnapshotResponse.newBuilder().setSnapshot(view).build();
                });
    }

    private Snapshot view(io.davit.controller.snapshot.Snapshot it) {
        return Snapshot.newBuilder()
                .setName(it.name())
                .setCluster(it.cluster())
                .setTakenAt(Answers.timestamp(it.takenAt()))
                .setHost(it.origin().host())
                .setMemberId(it.content().memberId())
                .setEtcdVersion(it.content().etcdVersion())
                .setK3SVersion(it.origin().k3sVersion())
                .setRevision(it.content().revision())
                .setTotalKeys(it.content().totalKeys())
                .setHash((int) it.content().hash())
                .setSizeBytes(it.content().sizeBytes())
                .setSha256(it.content().sha256())
                .setPath(snapshots.file(it.name()).toString())
                .setMissing(!snapshots.present(it))
                .build();
    }
}
