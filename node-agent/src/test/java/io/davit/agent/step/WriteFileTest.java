package io.davit.agent.step;

import static io.davit.agent.step.EngineHarness.etcdConfig;
import static io.davit.agent.step.EngineHarness.prepare;
import static io.davit.agent.step.EngineHarness.step;
import static io.davit.agent.step.EngineHarness.write;
import static org.assertj.core.api.Assertions.assertThat;

import io.davit.common.Digests;
import io.davit.proto.agent.v1.Outcome;
import io.davit.proto.agent.v1.Step;
import io.davit.proto.agent.v1.WriteFile;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class WriteFileTest {

    private static final String CONFIG = "/etc/etcd/etcd.yaml";
    private static final String TOKEN =
            "K10" + "ab".repeat(32) + "::server:a-password-of-enough-length\n";

    @TempDir Path directory;
    private EngineHarness harness;

    @BeforeEach
    void open() throws IOException, InterruptedException {
        harness = new EngineHarness(directory);
        harness.run(prepare("etcd"), prepare("control-plane"));
    }

    @AfterEach
    void close() {
        harness.close();
    }

    @Test
    void aFileIsWrittenWithItsModeAndASecondTimeLeftAlone() throws Exception {
        Step write = write("etcd", "etcd.config", etcdConfig("new", 100), "");

        assertThat(harness.one(write).getChanged().getWhat()).startsWith("wrote " + CONFIG);
        assertThat(harness.host.read(CONFIG)).isEqualTo(etcdConfig("new", 100));
        assertThat(mode(CONFIG)).isEqualTo("rw-r-----");
        assertThat(harness.one(write).hasUnchanged()).isTrue();
    }

    private String mode(String path) throws IOException {
        return PosixFilePermissions.toString(
                Files.getPosixFilePermissions(harness.host.files().resolve(path)));
    }

    @Test
    void aFileOfSomebodyElseIsNeverTouched() throws Exception {
        harness.host.write(CONFIG, "mine");

        Outcome outcome = harness.one(write("etcd", "etcd.config", etcdConfig("new", 100), ""));

        assertThat(outcome.getBlocked().getWhy())
                .isEqualTo(
                        "cannot write etcd.config: not ours: path /etc/etcd/etcd.yaml exists and"
                                + " was not made by Davit");
        assertThat(outcome.getBlocked().getRemedy()).isNotEmpty();
        assertThat(harness.host.read(CONFIG)).isEqualTo("mine");
    }

    @Test
    void aLinkAtTheSlotsPlaceIsNeverFollowed() throws Exception {
        harness.host.write("/etc/shadow-of-somebody", "theirs");
        Files.createSymbolicLink(
                harness.host.files().resolve(CONFIG), Path.of("../shadow-of-somebody"));

        Outcome outcome = harness.one(write("etcd", "etcd.config", etcdConfig("new", 100), ""));

        assertThat(outcome.hasBlocked()).isTrue();
        assertThat(harness.host.read("/etc/shadow-of-somebody")).isEqualTo("theirs");
    }

    @Test
    void onlyTheVersionThatThePlanSawIsReplaced() throws Exception {
        harness.run(write("etcd", "etcd.config", etcdConfig("new", 100), ""));
        harness.host.write(CONFIG, "edited by hand");

        Outcome stale =
                harness.one(
                        write(
                                "etcd",
                                "etcd.config",
                                etcdConfig("new", 200),
                                Digests.sha256Hex(etcdConfig("new", 100))));
        assertThat(stale.getFailed().getWhy()).startsWith("stale, plan again: cannot write");
        assertThat(harness.host.read(CONFIG)).isEqualTo("edited by hand");

        Outcome mended =
                harness.one(
                        write(
                                        "etcd",
                                        "etcd.config",
                                        etcdConfig("new", 100),
                                        Digests.sha256Hex("edited by hand"))
                                .toBuilder()
                                .setAttempt(2)
                                .build());
        assertThat(mended.hasChanged()).isTrue();
        assertThat(Files.readString(harness.state.resolve("previous/etcd.config")))
                .isEqualTo("edited by hand");
    }

    @Test
    void aFileThatVanishedIsStaleForAPlanThatSawIt() throws Exception {
        Outcome outcome =
                harness.one(
                        write(
                                "etcd",
                                "etcd.config",
                                etcdConfig("new", 100),
                                Digests.sha256Hex("was there")));
        assertThat(outcome.getFailed().getWhy()).contains("stale").contains("absent");
    }

    @Test
    void aChangedModeIsMendedWithoutAnotherContent() throws Exception {
        Step write = write("etcd", "etcd.config", etcdConfig("new", 100), "");
        harness.run(write);
        harness.host.files().setMode(CONFIG, 0666);

        var check = harness.engine().check(List.of(write)).getFirst();
        assertThat(check.getWouldChange().getChange())
                .isEqualTo("would set mode and owner of " + CONFIG);
        assertThat(harness.one(write).hasChanged()).isTrue();
        assertThat(mode(CONFIG)).isEqualTo("rw-r-----");
    }

    @Test
    void aContentThatTheValidatorRefusesIsNotWritten() throws Exception {
        Outcome outcome =
                harness.one(
                        write(
                                "etcd",
                                "etcd.config",
                                etcdConfig("new", 100) + "wal-dir: \"/\"\n",
                                ""));

        assertThat(outcome.getFailed().getWhy())
                .isEqualTo(
                        "cannot write etcd.config: key wal-dir: it is not a key that Davit writes");
        assertThat(harness.host.exists(CONFIG)).isFalse();
    }

    @Test
    void withoutItsDirectoryNothingIsWritten() throws Exception {
        try (var bare = new EngineHarness(directory.resolve("bare"))) {
            assertThat(bare.one(write("etcd", "etcd.ca", bare.ca.pem(), "")).getFailed().getWhy())
                    .isEqualTo(
                            "cannot write etcd.ca: directory /etc/etcd/pki does not exist;"
                                    + " PrepareRole makes it");
        }
    }

    @Test
    void aSecretIsNeitherShownNorJournaledNorKeptReadable() throws Exception {
        Step write = write("control-plane", "control-plane.token", TOKEN, "");
        var check = harness.engine().check(List.of(write)).getFirst();
        assertThat(check.toString()).doesNotContain("a-password").contains("secret, not shown");

        Outcome outcome = harness.one(write);

        assertThat(outcome.hasChanged()).isTrue();
        assertThat(mode("/etc/rancher/k3s/token")).isEqualTo("rw-------");
        for (String file : List.of("journal", "ledger")) {
            String kept = Files.readString(harness.state.resolve(file));
            assertThat(kept)
                    .doesNotContain("a-password")
                    .doesNotContain(Digests.sha256Hex(TOKEN))
                    .doesNotContain(
                            java.util.Base64.getEncoder()
                                    .encodeToString(
                                            TOKEN.substring(0, 60)
                                                    .getBytes(StandardCharsets.UTF_8)));
        }
    }

    @Test
    void aCheckOfASecretNeedsOnlyItsDigest() throws Exception {
        harness.run(write("control-plane", "control-plane.token", TOKEN, ""));
        String digest = Digests.hmacHex(EngineHarness.KEY, TOKEN.getBytes(StandardCharsets.UTF_8));
        Step same = digestOnly(digest, digest);
        Step other = digestOnly("0".repeat(64), digest);

        var results = harness.engine().check(List.of(same, other));

        assertThat(results.get(0).hasUnchanged()).isTrue();
        assertThat(results.get(1).hasWouldChange()).isTrue();
        assertThat(harness.one(other.toBuilder().setStepId("x").build()).getFailed().getWhy())
                .contains("no content was sent");
    }

    private static Step digestOnly(String digest, String previous) {
        return step("control-plane", "token")
                .setWriteFile(
                        WriteFile.newBuilder()
                                .setSlot("control-plane.token")
                                .setContentDigest(digest)
                                .setPreviousDigest(previous))
                .build();
    }

    @Test
    void beforeTheInventoryKeyIsKnownASecretIsNotWritten() throws Exception {
        harness.restart();
        assertThat(
                        harness.one(write("control-plane", "control-plane.token", TOKEN, ""))
                                .getRetry()
                                .getWhy())
                .contains("the inventory key is not known yet");
        assertThat(harness.host.exists("/etc/rancher/k3s/token")).isFalse();
    }

    @Test
    void aCaThatIsThereIsNeverReplaced() throws Exception {
        String first = harness.ca.pem();
        harness.run(write("control-plane", "control-plane.server-ca-cert", first, ""));
        String second = new TestCa(harness.host.clock().now()).pem();

        Outcome outcome =
                harness.one(
                        write(
                                        "control-plane",
                                        "control-plane.server-ca-cert",
                                        second,
                                        Digests.sha256Hex(first))
                                .toBuilder()
                                .setAttempt(2)
                                .build());

        assertThat(outcome.getBlocked().getWhy()).contains("written only once");
        assertThat(harness.host.read("/var/lib/rancher/k3s/server/tls/server-ca.crt"))
                .isEqualTo(first);
    }
}
