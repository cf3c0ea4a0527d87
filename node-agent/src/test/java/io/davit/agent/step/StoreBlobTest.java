package io.davit.agent.step;

import static org.assertj.core.api.Assertions.assertThat;

import io.davit.agent.system.Finished;
import io.davit.common.Digests;
import io.davit.proto.agent.v1.BlobHead;
import io.davit.proto.agent.v1.Outcome;
import io.davit.proto.agent.v1.Step;
import io.davit.proto.agent.v1.StepResult;
import io.davit.proto.agent.v1.StoreBlob;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class StoreBlobTest {

    private static final String ETCDCTL = "/usr/local/bin/etcdctl";
    private static final String OWN = "{\"ID\":7,\"clientURLs\":[\"https://198.18.0.11:2379\"]}";
    private static final byte[] CONTENT = "a database".getBytes(StandardCharsets.UTF_8);

    @TempDir Path directory;

    private EngineHarness harness;
    private final Map<String, String> answers = new ConcurrentHashMap<>();
    private final List<BlobHead> heads = new ArrayList<>();
    private final List<byte[]> taken = new ArrayList<>();
    private final List<String> modes = new ArrayList<>();

    @BeforeEach
    void aHealthyMember() throws IOException {
        harness = new EngineHarness(directory);
        harness.host.write("/etc/etcd/etcd.yaml", EngineHarness.etcdConfig("existing", 100));
        answers.put("status", status(9, 50, "20480", false));
        members(OWN);
        answers.put("get", "{\"kvs\":[]}");
        answers.put(
                "snapshot status",
                "{\"hash\":4000000000,\"revision\":50,\"totalKey\":61,\"totalSize\":20480}");
        harness.host.processes().when(argv -> argv.getFirst().equals(ETCDCTL), this::etcdctl);
        harness.blobs =
                (head, file, deadline, sent) -> {
                    heads.add(head);
                    taken.add(Files.readAllBytes(file));
                    Path blobs = harness.state.resolve("blobs");
                    assertThat(file).hasParent(blobs);
                    modes.add(PosixFilePermissions.toString(Files.getPosixFilePermissions(blobs)));
                    sent.accept(head.getSizeBytes());
                };
    }

    @AfterEach
    void close() {
        harness.close();
    }

    private void members(String listed) {
        answers.put("list", "{\"members\":[" + listed + "]}");
    }

    private static String status(long index, long revision, String size, boolean learner) {
        return """
        [{"Endpoint":"x","Status":{"header":{"member_id":7,"revision":%d},"version":"3.5.16",
        "dbSize":%s,"leader":8,"raftIndex":%d,"raftTerm":2,"isLearner":%b}}]
        """
                .formatted(revision, size, index, learner);
    }

    private Finished etcdctl(List<String> argv) {
        int at = argv.indexOf("snapshot");
        if (at >= 0 && argv.get(at + 1).equals("save")) {
            return save(Path.of(argv.get(at + 2)));
        }
        String answer =
                at >= 0
                        ? answers.getOrDefault("snapshot status", "")
                        : answers.entrySet().stream()
                                .filter(it -> argv.contains(it.getKey()))
                                .map(Map.Entry::getValue)
                                .findFirst()
                                .orElse("");
        return answer.startsWith("Error")
                ? new Finished(1, "", answer)
                : new Finished(0, answer, "");
    }

    private Finished save(Path file) {
        try {
            String failure = answers.getOrDefault("save", "");
            Files.write(
                    failure.isEmpty() ? file : file.resolveSibling(file.getFileName() + ".part"),
                    CONTENT);
            return new Finished(failure.isEmpty() ? 0 : 1, "", failure);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static Step step(String blob, String name) {
        return EngineHarness.step("etcd", "snapshot")
                .setStoreBlob(StoreBlob.newBuilder().setBlob(blob).setName(name))
                .build();
    }

    private Outcome snapshot() throws InterruptedException {
        return harness.one(step("snapshot", "one"));
    }

    private void assertNothingLies() {
        assertThat(harness.state.resolve("blobs")).doesNotExist();
    }

    @Test
    void itIsSavedReadBackSentAndRemoved() throws Exception {
        var outcome = snapshot();

        assertThat(outcome.getChanged().getWhat())
                .as("%s", outcome)
                .isEqualTo("snapshot one: revision 50, 61 keys, 10 bytes");
        assertThat(taken).containsExactly(CONTENT);
        assertThat(modes).containsExactly("rwx------");
        var head = heads.getFirst();
        assertThat(head.getName()).isEqualTo("one");
        assertThat(head.getStepId()).isEqualTo("e1/etcd/snapshot");
        assertThat(head.getSizeBytes()).isEqualTo(CONTENT.length);
        assertThat(head.getSha256()).isEqualTo(Digests.sha256Hex(CONTENT));
        assertThat(head.getEtcdSnapshot().getMemberId()).isEqualTo("7");
        assertThat(head.getEtcdSnapshot().getEtcdVersion()).isEqualTo("3.5.16");
        assertThat(Integer.toUnsignedLong(head.getEtcdSnapshot().getHash()))
                .isEqualTo(4_000_000_000L);
        assertThat(harness.progress.toString()).contains("sent");
        assertNothingLies();
    }

    @Test
    void etcdutlReadsItBackWhereThereIsOne() throws Exception {
        harness.host.write("/usr/local/bin/etcdutl", "");
        harness.host
                .processes()
                .when(
                        argv -> argv.getFirst().equals("/usr/local/bin/etcdutl"),
                        _ ->
                                new Finished(
                                        0,
                                        "{\"hash\":1,\"revision\":50,\"totalKey\":62,\"totalSize\":1}",
                                        ""));
        assertThat(snapshot().getChanged().getWhat()).contains("62 keys");
    }

    @Test
    void aLearnerAndAMemberThatServesNobodyGiveNone() throws Exception {
        members("{\"ID\":7,\"clientURLs\":[\"https://198.18.0.11:2379\"],\"isLearner\":true}");
        assertThat(snapshot().getFailed().getWhy()).contains("is a learner");

        members(OWN);
        answers.put("get", "Error: context deadline exceeded");
        assertThat(snapshot().getFailed().getWhy()).contains("answers no linearizable read");
        assertThat(taken).isEmpty();
        assertNothingLies();
    }

    @Test
    void aMemberThatLagsBehindAnotherGivesNone() throws Exception {
        members(OWN + ",{\"ID\":8,\"clientURLs\":[\"https://198.18.0.12:2379\"]}");
        harness.host
                .processes()
                .when(
                        argv ->
                                argv.contains("--endpoints=https://198.18.0.12:2379")
                                        && argv.contains("status"),
                        _ ->
                                new Finished(
                                        0,
                                        status(1010, 50, "20480", false)
                                                .replace("\"member_id\":7", "\"member_id\":8"),
                                        ""));

        assertThat(snapshot().getFailed().getWhy()).contains("is 1001 entries behind");
        assertNothingLies();
    }

    @Test
    void withoutRoomNothingIsSaved() throws Exception {
        answers.put("status", status(9, 50, "900000000000000", false));
        var outcome = snapshot();

        assertThat(outcome.getBlocked().getWhy()).as("%s", outcome).contains("MiB are free");
        assertThat(harness.host.processes().ran()).noneMatch(argv -> argv.contains("save"));
        assertNothingLies();
    }

    @Test
    void aSaveThatFailsLeavesNothing() throws Exception {
        answers.put("save", "Error: rpc error: code = Unavailable");
        var outcome = snapshot();

        assertThat(outcome.getFailed().getWhy())
                .isEqualTo("cannot save a snapshot: rpc error: code = Unavailable");
        assertNothingLies();
    }

    @Test
    void aRevisionThatTheMemberNeverHadIsNoSnapshotOfIt() throws Exception {
        answers.put(
                "snapshot status",
                "{\"hash\":1,\"revision\":51,\"totalKey\":61,\"totalSize\":20480}");
        assertThat(snapshot().getFailed().getWhy()).contains("it holds revision 51");

        answers.put(
                "snapshot status",
                "{\"hash\":1,\"revision\":49,\"totalKey\":61,\"totalSize\":20480}");
        assertThat(snapshot().getFailed().getWhy()).contains("it holds revision 49");
        assertThat(taken).isEmpty();
        assertNothingLies();
    }

    @Test
    void aLowerRevisionIsRightWhereWhatFollowedWasCompactedAway() throws Exception {
        answers.put(
                "snapshot status",
                "{\"hash\":1,\"revision\":49,\"totalKey\":61,\"totalSize\":20480}");
        harness.host
                .processes()
                .when(
                        argv -> argv.contains("--rev=49"),
                        _ ->
                                new Finished(
                                        1,
                                        "",
                                        "Error: etcdserver: mvcc: required revision has been"
                                                + " compacted"));
        assertThat(snapshot().hasChanged()).isTrue();
    }

    @Test
    void aControllerThatIsAwayIsWorthAnotherTryAndOneThatRefusesIsNot() throws Exception {
        harness.blobs =
                (head, file, deadline, sent) -> {
                    throw new IOException("there is no session with a controller");
                };
        assertThat(snapshot().getRetry().getWhy()).contains("there is no session");
        assertNothingLies();

        harness.blobs =
                (head, file, deadline, sent) -> {
                    throw new BlobSink.RefusedException("it is something else", false);
                };
        assertThat(snapshot().getFailed().getWhy()).contains("it is something else");

        harness.blobs =
                (head, file, deadline, sent) -> {
                    throw new BlobSink.RefusedException("no room", true);
                };
        assertThat(snapshot().getBlocked().getRemedy()).isEqualTo("make room on its host");
        assertNothingLies();
    }

    @Test
    void aNameIsNoPath() throws Exception {
        assertThat(harness.one(step("snapshot", "../one")).getFailed().getWhy())
                .contains("that is no name");
        assertThat(harness.one(step("journal", "one")).getFailed().getWhy())
                .contains("role etcd has no such blob");
        assertNothingLies();
    }

    @Test
    void whatAKilledAgentLeftIsGoneWhenItStartsAgainAndTheStepIsWorthAnotherTry() throws Exception {
        var sending = new CountDownLatch(1);
        harness.blobs =
                (head, file, deadline, sent) -> {
                    sending.countDown();
                    new CountDownLatch(1).await();
                };
        harness.engine().submit(harness.batch("cut", step("snapshot", "one")));
        sending.await();
        // as a kill leaves it: the journal says begun, and the file is there
        Path blobs = harness.state.resolve("blobs");
        assertThat(blobs.resolve("one")).exists();
        Path saved = Files.createDirectory(directory.resolve("saved"));
        Files.copy(blobs.resolve("one"), saved.resolve("one"));
        harness.engine().close();
        Files.createDirectories(blobs);
        Files.copy(saved.resolve("one"), blobs.resolve("one"));
        Files.copy(saved.resolve("one"), blobs.resolve("one.part"));

        harness.restart();
        StepResult result = harness.next();

        assertThat(result.getOutcome().getRetry().getWhy())
                .isEqualTo("the agent was stopped while it was to make blob snapshot");
        assertNothingLies();
    }
}
