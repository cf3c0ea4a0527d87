package io.davit.agent.step;

import com.google.protobuf.ByteString;
import io.davit.agent.profile.Catalogue;
import io.davit.agent.system.FakeHost;
import io.davit.common.Digests;
import io.davit.common.Secret;
import io.davit.proto.agent.v1.CertificateProfile;
import io.davit.proto.agent.v1.DesiredState;
import io.davit.proto.agent.v1.EnsureArtifact;
import io.davit.proto.agent.v1.EnsureCertificate;
import io.davit.proto.agent.v1.EnsureService;
import io.davit.proto.agent.v1.ExecuteBatch;
import io.davit.proto.agent.v1.Outcome;
import io.davit.proto.agent.v1.PrepareRole;
import io.davit.proto.agent.v1.Step;
import io.davit.proto.agent.v1.StepProgress;
import io.davit.proto.agent.v1.StepResult;
import io.davit.proto.agent.v1.WriteFile;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.zip.GZIPOutputStream;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveOutputStream;

/** An engine on a fake host, with a controller that serves and signs what a test says. */
final class EngineHarness implements AutoCloseable {

    static final String MEMBER = "0123456789abcdef0123456789abcdef";
    static final String DATA_DIR = "abcd1234-" + MEMBER;
    static final Secret KEY = Secret.ofText("inventory key of this host......");

    final FakeHost host;
    final Path state;
    TestCa ca;
    final Map<String, byte[]> published = new ConcurrentHashMap<>();
    final List<Long> offsets = new CopyOnWriteArrayList<>();
    final List<StepProgress> progress = new CopyOnWriteArrayList<>();
    final LinkedBlockingQueue<StepResult> results = new LinkedBlockingQueue<>();
    Runnable onResult = () -> {};
    int bytesPerFetch = Integer.MAX_VALUE;
    CertificateProfile signedProfile = CertificateProfile.getDefaultInstance();
    BlobSink blobs =
            (head, file, deadline, sent) -> {
                throw new IOException("nobody takes blobs here");
            };
    private final Catalogue catalogue;
    private StepEngine engine;
    private int operations;
    private long epoch = 1;

    EngineHarness(Path directory) throws IOException {
        this(directory, Catalogue.compiledIn());
    }

    EngineHarness(Path directory, Catalogue catalogue) throws IOException {
        this.host = new FakeHost(Files.createDirectories(directory.resolve("root")));
        this.state = directory.resolve("state");
        this.ca = new TestCa(host.clock().now());
        this.catalogue = catalogue;
        this.engine = open();
        engine.inventoryKey(KEY);
    }

    private StepEngine open() throws IOException {
        return EngineParts.open(
                state,
                "0.1.0-test",
                new EnginePorts(
                        this::fetch,
                        (operation, step, attempt, csr, deadline) -> ca.sign(csr, signedProfile),
                        (head, file, deadline, sent) -> blobs.put(head, file, deadline, sent),
                        new EngineListener() {
                            @Override
                            public void progress(StepProgress told) {
                                progress.add(told);
                            }

                            @Override
                            public void result(StepResult result) {
                                onResult.run();
                                results.add(result);
                            }

                            @Override
                            public void changed() {}
                        }),
                host.system(),
                catalogue,
                "amd64");
    }

    StepEngine engine() {
        return engine;
    }

    /** The agent is started again; what was in memory is gone. */
    void restart() throws IOException {
        engine.close();
        results.clear();
        engine = open();
    }

    private InputStream fetch(String sha256, long offset) throws IOException {
        offsets.add(offset);
        byte[] content = published.get(sha256);
        if (content == null) {
            throw new IOException("no artifact " + sha256);
        }
        int end = (int) Math.min(content.length, offset + bytesPerFetch);
        return new ByteArrayInputStream(Arrays.copyOfRange(content, (int) offset, end));
    }

    /** Runs steps as one operation and waits until it has ended. */
    List<Outcome> run(Step... steps) throws InterruptedException {
        var answer = engine.submit(batch("op-" + ++operations, steps));
        if (!(answer instanceof BatchAnswer.Accepted)) {
            throw new AssertionError("refused: " + answer);
        }
        var outcomes = new ArrayList<Outcome>();
        for (int i = 0; i < steps.length; i++) {
            Outcome outcome = next().getOutcome();
            outcomes.add(outcome);
            if (!outcome.hasChanged() && !outcome.hasUnchanged()) {
                break;
            }
        }
        return outcomes;
    }

    /** The id of the newest operation of {@link #run}. */
    String operation() {
        return "op-" + operations;
    }

    Outcome one(Step step) throws InterruptedException {
        return run(step).getFirst();
    }

    StepResult next() throws InterruptedException {
        StepResult result = results.poll(20, TimeUnit.SECONDS);
        if (result == null) {
            throw new AssertionError("no result within 20 s; in hand: " + engine.inHand());
        }
        return result;
    }

    ExecuteBatch batch(String operation, Step... steps) {
        return ExecuteBatch.newBuilder()
                .setOperationId(operation)
                .setEpoch(epoch)
                .setOperationSequence(1)
                .addAllSteps(List.of(steps))
                .build();
    }

    @Override
    public void close() {
        engine.close();
    }

    static Step.Builder step(String role, String id) {
        return Step.newBuilder()
                .setStepId("e1/" + role + "/" + id)
                .setAttempt(1)
                .setRole(role)
                .setReason("test")
                .setDeadline(com.google.protobuf.Duration.newBuilder().setSeconds(60));
    }

    static Step prepare(String role) {
        return step(role, "prepare").setPrepareRole(PrepareRole.getDefaultInstance()).build();
    }

    static Step write(String role, String slot, String content, String previous) {
        return step(role, slot)
                .setWriteFile(
                        WriteFile.newBuilder()
                                .setSlot(slot)
                                .setContent(ByteString.copyFromUtf8(content))
                                .setPreviousDigest(previous))
                .build();
    }

    static Step service(boolean running, boolean joined, String... because) {
        return step("etcd", "service")
                .setEnsureService(
                        EnsureService.newBuilder()
                                .setUnit("etcd")
                                .setDesired(
                                        running
                                                ? DesiredState.DESIRED_STATE_RUNNING
                                                : DesiredState.DESIRED_STATE_STOPPED)
                                .putParameters("data-dir", DATA_DIR)
                                .putParameters("joined", String.valueOf(joined))
                                .addAllRestartBecause(List.of(because)))
                .build();
    }

    Step certificate(String slot) {
        signedProfile = ca.profile(MEMBER);
        return step("etcd", slot)
                .setEnsureCertificate(
                        EnsureCertificate.newBuilder().setSlot(slot).setProfile(signedProfile))
                .build();
    }

    /** Publishes an archive and makes the step that wants it. */
    Step etcd(String version, String... extraMembers) throws IOException {
        var entries = new ArrayList<String>(List.of("etcd", "etcdctl"));
        entries.addAll(List.of(extraMembers));
        byte[] archive = archive("etcd-v" + version + "-linux-amd64/", entries, version);
        return artifact("etcd", "etcd", version, archive, "etcd.tar.gz");
    }

    Step artifact(String role, String name, String version, byte[] content, String fileName) {
        String sha256 = Digests.sha256Hex(content);
        published.put(sha256, content);
        return step(role, name)
                .setEnsureArtifact(
                        EnsureArtifact.newBuilder()
                                .setArtifact(name)
                                .setVersion(version)
                                .setArch("amd64")
                                .setSha256(sha256)
                                .setSizeBytes(content.length)
                                .setFileName(fileName))
                .build();
    }

    static byte[] archive(String prefix, List<String> names, String content) throws IOException {
        var bytes = new ByteArrayOutputStream();
        try (var tar = new TarArchiveOutputStream(new GZIPOutputStream(bytes))) {
            for (String name : names) {
                var entry = new TarArchiveEntry(prefix + name);
                byte[] body = (name + " " + content + "\n").getBytes(StandardCharsets.UTF_8);
                entry.setSize(body.length);
                entry.setModTime(0L); // the same content, the same archive
                entry.setMode(0755);
                tar.putArchiveEntry(entry);
                tar.write(body);
                tar.closeArchiveEntry();
            }
        }
        return bytes.toByteArray();
    }

    static String etcdConfig(String state, int heartbeat) {
        return """
        name: "%1$s"
        data-dir: "/var/lib/etcd/%2$s"
        listen-peer-urls: "https://198.18.0.11:2380"
        listen-client-urls: "https://198.18.0.11:2379"
        listen-metrics-urls: "http://127.0.0.1:2381"
        initial-advertise-peer-urls: "https://198.18.0.11:2380"
        advertise-client-urls: "https://198.18.0.11:2379"
        initial-cluster: "%1$s=https://198.18.0.11:2380"
        initial-cluster-token: "token"
        initial-cluster-state: "%3$s"
        heartbeat-interval: %4$d
        client-transport-security:
          cert-file: "/etc/etcd/pki/server.crt"
          key-file: "/etc/etcd/pki/server.key"
          trusted-ca-file: "/etc/etcd/pki/ca.crt"
          client-cert-auth: true
        peer-transport-security:
          cert-file: "/etc/etcd/pki/peer.crt"
          key-file: "/etc/etcd/pki/peer.key"
          trusted-ca-file: "/etc/etcd/pki/peer-ca.crt"
          client-cert-auth: true
        """
                .formatted(MEMBER, DATA_DIR, state, heartbeat);
    }

    /** Every step that brings a member up, without waiting for its health. */
    Step[] bringUp() throws IOException {
        return new Step[] {
            prepare("etcd"),
            etcd("3.5.16"),
            write("etcd", "etcd.ca", ca.pem(), ""),
            write("etcd", "etcd.peer-ca", ca.pem(), ""),
            certificate("etcd.server"),
            certificate("etcd.peer"),
            write("etcd", "etcd.config", etcdConfig("new", 100), ""),
            service(true, false)
        };
    }

    static Duration seconds(long seconds) {
        return Duration.ofSeconds(seconds);
    }
}
