package io.davit.controller.serve;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.google.protobuf.ByteString;
import io.davit.common.Digests;
import io.davit.common.HostId;
import io.davit.controller.metrics.ClusterSource;
import io.davit.proto.agent.v1.AgentGatewayGrpc;
import io.davit.proto.agent.v1.BlobChunk;
import io.davit.proto.agent.v1.BlobHead;
import io.davit.proto.agent.v1.BlobReceipt;
import io.davit.proto.agent.v1.EtcdSnapshot;
import io.davit.proto.operator.v1.CreateTokenRequest;
import io.grpc.ManagedChannel;
import io.grpc.Status;
import io.grpc.stub.StreamObserver;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a host may send, over the real listener. */
class PutBlobTest {

    private static final int CHUNK = 64 << 10;

    @TempDir private Path directory;

    private final byte[] content = new byte[300_000];
    private final ReceivedBlobs blobs = new ReceivedBlobs();
    private ControllerRig rig;
    private TestAgent agent;
    private HostId host;
    private ManagedChannel channel;

    @BeforeEach
    void start() throws Exception {
        new Random(7).nextBytes(content);
        rig =
                ControllerRig.start(
                        directory.resolve("controller"),
                        _ ->
                                new Engine(
                                        List.of(),
                                        (_, _, _, _) -> "",
                                        (_, _) -> false,
                                        _ -> Optional.empty(),
                                        blobs,
                                        ClusterSource.none(),
                                        List::of,
                                        () -> {}));
        agent = new TestAgent();
        agent.enrol(
                rig.serving().enrolmentPort(),
                rig.newToken(rig.newAdmin("anna"), CreateTokenRequest.getDefaultInstance()));
        host = new HostId(agent.identity().getHostId());
        channel = agent.channel(rig.serving().agentsPort());
    }

    @AfterEach
    void stop() {
        channel.shutdownNow();
        agent.close();
        rig.close();
    }

    private BlobHead.Builder head() {
        return BlobHead.newBuilder()
                .setOperationId("op1")
                .setStepId("e1/etcd/snapshot")
                .setAttempt(1)
                .setName("one")
                .setSizeBytes(content.length)
                .setSha256(Digests.sha256Hex(content))
                .setEtcdSnapshot(
                        EtcdSnapshot.newBuilder()
                                .setMemberId("1a")
                                .setEtcdVersion("3.5.16")
                                .setRevision(7)
                                .setTotalKeys(3)
                                .setHash(9));
    }

    private BlobChunk chunk(int from, int to) {
        return BlobChunk.newBuilder()
                .setOffset(from)
                .setData(ByteString.copyFrom(content, from, to - from))
                .build();
    }

    /** How a call ends, and whether a receipt came. */
    private final class Call implements StreamObserver<BlobReceipt> {

        private final CompletableFuture<Status> ended = new CompletableFuture<>();
        private final StreamObserver<BlobChunk> out =
                AgentGatewayGrpc.newStub(channel)
                        .withDeadlineAfter(30, TimeUnit.SECONDS)
                        .putBlob(this);
        private volatile boolean receipt;

        Call send(BlobHead.Builder head) {
            return send(BlobChunk.newBuilder().setHead(head).build());
        }

        Call send(BlobChunk chunk) {
            out.onNext(chunk);
            return this;
        }

        Call whole() {
            for (int at = 0; at < content.length; at += CHUNK) {
                send(chunk(at, Math.min(content.length, at + CHUNK)));
            }
            return this;
        }

        Status finish() throws Exception {
            out.onCompleted();
            return status();
        }

        Status status() throws Exception {
            return ended.get(20, TimeUnit.SECONDS);
        }

        @Override
        public void onNext(BlobReceipt message) {
            receipt = true;
        }

        @Override
        public void onError(Throwable failure) {
            ended.complete(Status.fromThrowable(failure));
        }

        @Override
        public void onCompleted() {
            ended.complete(Status.OK);
        }
    }

    private void assertRefused(Status status, Status.Code code, String why) {
        assertThat(status.getCode()).as("%s", status).isEqualTo(code);
        assertThat(status.getDescription()).contains(why);
        assertThat(blobs.kept).isEmpty();
    }

    @Test
    void whatWasAskedForIsKeptAsItCameUnderTheHostsIdentity() throws Exception {
        var call = new Call();
        assertThat(call.send(head()).whole().finish().getCode()).isEqualTo(Status.Code.OK);
        assertThat(call.receipt).isTrue();
        assertThat(blobs.kept.get(host + " one")).isEqualTo(content);
        assertThat(blobs.discarded).isEmpty();
    }

    @Test
    void whatNobodyAskedForIsRefusedAtItsHead() throws Exception {
        assertRefused(
                new Call().send(head().setStepId("e1/etcd/other")).status(),
                Status.Code.PERMISSION_DENIED,
                "no step");
    }

    @Test
    void anotherDigestIsFoundAtTheEnd() throws Exception {
        assertRefused(
                new Call().send(head().setSha256("0".repeat(64))).whole().finish(),
                Status.Code.INVALID_ARGUMENT,
                "SHA-256");
        assertThat(blobs.discarded).containsExactly("one");
    }

    @Test
    void moreThanItSaysAndLessThanItSaysAreRefused() throws Exception {
        assertRefused(
                new Call().send(head().setSizeBytes(content.length - 1)).whole().status(),
                Status.Code.INVALID_ARGUMENT,
                "more than its");
        assertRefused(
                new Call().send(head()).send(chunk(0, 1000)).finish(),
                Status.Code.INVALID_ARGUMENT,
                "ended after 1000 bytes");
        assertThat(blobs.discarded).containsExactly("one", "one");
    }

    @Test
    void aBlobOrAChunkThatIsTooLargeIsRefused() throws Exception {
        assertRefused(
                new Call().send(head().setSizeBytes((16L << 30) + 1)).status(),
                Status.Code.RESOURCE_EXHAUSTED,
                "may be");
        assertRefused(
                new Call().send(head()).send(chunk(0, CHUNK + 1)).status(),
                Status.Code.INVALID_ARGUMENT,
                "a chunk has 65537 bytes");
    }

    @Test
    void chunksOutOfOrderAndASecondHeadAreRefused() throws Exception {
        assertRefused(
                new Call().send(head()).send(chunk(0, 1000)).send(chunk(2000, 3000)).status(),
                Status.Code.INVALID_ARGUMENT,
                "offset 2000 came where 1000 was next");
        assertRefused(
                new Call().send(head()).send(head()).status(),
                Status.Code.INVALID_ARGUMENT,
                "a second head");
        assertRefused(
                new Call().send(chunk(0, 10)).status(),
                Status.Code.INVALID_ARGUMENT,
                "its first message must have the head");
    }

    @Test
    void aHeadThatIsNotOneIsRefused() throws Exception {
        for (var wrong :
                List.of(
                        head().setName("../one"),
                        head().setSha256("X"),
                        head().setSizeBytes(0),
                        head().clearEtcdSnapshot(),
                        head().setEtcdSnapshot(
                                        EtcdSnapshot.newBuilder()
                                                .setMemberId("1a\n")
                                                .setEtcdVersion("3.5")))) {
            assertRefused(
                    new Call().send(wrong).status(),
                    Status.Code.INVALID_ARGUMENT,
                    "its head is not one");
        }
    }

    @Test
    void oneThatIsCutInTheMiddleIsThrownAway() throws Exception {
        new Call().send(head()).send(chunk(0, 1000));
        await().until(() -> blobs.breaks.size() == 1);
        channel.shutdownNow();
        await().until(() -> blobs.discarded.equals(List.of("one")));
        assertThat(blobs.kept).isEmpty();
    }

    @Test
    void oneWhoseStepHasEndedOrWhoseHostIsRemovedIsBrokenOff() throws Exception {
        var late = new Call().send(head()).send(chunk(0, 1000));
        await().until(() -> blobs.breaks.size() == 1);
        blobs.breaks.getFirst().run();
        assertRefused(late.status(), Status.Code.PERMISSION_DENIED, "has ended");

        var removed = new Call().send(head()).send(chunk(0, 1000));
        await().until(() -> blobs.breaks.size() == 2);
        rig.foundation().agents().end(host, "the host was removed");
        assertRefused(removed.status(), Status.Code.PERMISSION_DENIED, "removed");
        assertThat(blobs.discarded).containsExactly("one", "one");
    }
}
