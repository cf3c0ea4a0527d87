package io.davit.agent.step;

import static io.davit.agent.step.EngineHarness.etcdConfig;
import static io.davit.agent.step.EngineHarness.service;
import static io.davit.agent.step.EngineHarness.write;
import static org.assertj.core.api.Assertions.assertThat;

import io.davit.common.Digests;
import io.davit.common.RestartInputs;
import io.davit.proto.agent.v1.Outcome;
import io.davit.proto.agent.v1.UnitState;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What runs after somebody else than Davit started it. */
final class StartedWithTest {

    private static final String CONFIG = "/etc/etcd/etcd.yaml";
    private static final String WANTED = etcdConfig("new", 100);
    private static final String EDITED = WANTED + "snapshot-count: 4242\n";
    private static final Duration AFTER = Duration.ofNanos(1);

    @TempDir Path directory;
    private EngineHarness harness;

    @BeforeEach
    void bringUp() throws Exception {
        harness = new EngineHarness(directory);
        assertThat(harness.run(harness.bringUp())).allMatch(Outcome::hasChanged);
    }

    @AfterEach
    void close() {
        harness.close();
    }

    private void edit() throws IOException {
        harness.host.write(CONFIG, EDITED);
    }

    private void restartAfterItsChange(String path) throws IOException {
        harness.host.systemd().restartByHand("etcd", harness.host.changed(path).plus(AFTER));
    }

    private void restartBeforeItsChange(String path) throws IOException {
        harness.host.systemd().restartByHand("etcd", harness.host.changed(path).minus(AFTER));
    }

    private Outcome mend() throws Exception {
        return harness.one(write("etcd", "etcd.config", WANTED, Digests.sha256Hex(EDITED)));
    }

    private UnitState etcd() {
        return harness.engine().observe().getRolesList().stream()
                .flatMap(role -> role.getUnitsList().stream())
                .filter(unit -> unit.getUnit().equals("etcd"))
                .findFirst()
                .orElseThrow();
    }

    private String startedWith(String input) {
        return etcd().getStartedWithOrThrow(input);
    }

    private static String digest(String config) {
        return Digests.sha256Hex(
                RestartInputs.of("etcd.config", config.getBytes(StandardCharsets.UTF_8)));
    }

    @Test
    void anEditedFileThatWasThereAtAStartByHandIsWhatRuns() throws Exception {
        edit();
        restartAfterItsChange(CONFIG);

        assertThat(startedWith("etcd.config")).isEqualTo(digest(EDITED));
    }

    @Test
    void whatRunsIsStillKnownAfterItsFileWasMended() throws Exception {
        edit();
        restartAfterItsChange(CONFIG);
        assertThat(mend().hasChanged()).isTrue();

        assertThat(startedWith("etcd.config")).isEqualTo(digest(EDITED));
        assertThat(harness.one(service(true, false)).getFailed().getWhy())
                .contains("would be restarted for etcd.config");
        assertThat(harness.one(service(true, false, "etcd.config")).getChanged().getWhat())
                .isEqualTo("restarted etcd");
        assertThat(startedWith("etcd.config")).isEqualTo(digest(WANTED));
        assertThat(harness.one(service(true, false)).hasUnchanged()).isTrue();
    }

    @Test
    void aFileThatWasMendedByHandAfterTheStartIsNotTakenForWhatRuns() throws Exception {
        edit();
        harness.host.write(CONFIG, WANTED);
        restartBeforeItsChange(CONFIG);

        assertThat(startedWith("etcd.config")).isEqualTo("unknown");
        assertThat(harness.one(service(true, false)).getFailed().getWhy())
                .contains("would be restarted for etcd.config");
    }

    @Test
    void aServiceThatSystemdStartedAnewKeepsItsInputs() throws Exception {
        var before = etcd().getStartedWithMap();
        harness.host.systemd().restartByItself("etcd");

        assertThat(etcd().getStartedWithMap()).isEqualTo(before);
        assertThat(harness.one(service(true, false)).hasUnchanged()).isTrue();
    }

    @Test
    void anEditAfterASeenRestartIsMendedWithoutAnother() throws Exception {
        harness.host.systemd().restartByItself("etcd");
        assertThat(startedWith("etcd.config")).isEqualTo(digest(WANTED));

        edit();
        assertThat(mend().hasChanged()).isTrue();

        assertThat(harness.one(service(true, false)).hasUnchanged()).isTrue();
    }

    @Test
    void aStepNotesWhatRunsBeforeItReplacesTheFile() throws Exception {
        harness.host.systemd().restartByItself("etcd");
        harness.one(
                write(
                        "etcd",
                        "etcd.config",
                        etcdConfig("existing", 100),
                        Digests.sha256Hex(WANTED)));

        assertThat(harness.one(service(true, true)).hasChanged()).isTrue();
        assertThat(harness.host.systemd().calls()).doesNotContain("restart etcd");
    }

    @Test
    void aRestartWhileTheAgentWasAwayIsFoundWhenItComesBack() throws Exception {
        edit();
        harness.restart();
        restartAfterItsChange(CONFIG);
        harness.engine().inventoryKey(EngineHarness.KEY);

        assertThat(mend().hasChanged()).isTrue();

        assertThat(startedWith("etcd.config")).isEqualTo(digest(EDITED));
    }

    @Test
    void aRestartAndAnEditWhileTheAgentWasAwayAreNotMixedUp() throws Exception {
        edit();
        harness.restart();
        restartBeforeItsChange(CONFIG);

        assertThat(startedWith("etcd.config")).isEqualTo("unknown");
        assertThat(startedWith("etcd")).isEqualTo(etcd().getInputsNowOrThrow("etcd"));
    }

    @Test
    void aUnitFileEditedBeforeAStartByHandIsNotTheTemplate() throws Exception {
        harness.host.write("/etc/systemd/system/etcd.service", "[Service]\n");
        restartAfterItsChange("/etc/systemd/system/etcd.service");

        assertThat(startedWith("template")).isEqualTo("unknown");
        assertThat(startedWith("etcd.config")).isEqualTo(digest(WANTED));
    }

    @Test
    void aProgramThatWasReplacedBeforeAStartByHandIsNotTheArtifact() throws Exception {
        Path link = harness.host.files().resolve("/usr/local/bin/etcd");
        Files.delete(link);
        Files.writeString(link, "another etcd");
        restartAfterItsChange("/usr/local/bin/etcd");

        assertThat(startedWith("etcd")).isEqualTo("unknown");
    }

    @Test
    void aServiceThatAPersonStartedAfterDavitStoppedItIsWorkedOut() throws Exception {
        assertThat(harness.one(service(false, false)).hasChanged()).isTrue();
        harness.host.systemd().restartByItself("etcd");

        assertThat(startedWith("etcd.config")).isEqualTo(digest(WANTED));
    }
}
