package io.davit.agent.step;

import static io.davit.agent.step.EngineHarness.etcdConfig;
import static io.davit.agent.step.EngineHarness.service;
import static io.davit.agent.step.EngineHarness.write;
import static org.assertj.core.api.Assertions.assertThat;

import io.davit.agent.system.Finished;
import io.davit.common.Digests;
import io.davit.proto.agent.v1.Outcome;
import io.davit.proto.agent.v1.Step;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class EnsureServiceTest {

    @TempDir Path directory;
    private EngineHarness harness;

    @BeforeEach
    void open() throws IOException {
        harness = new EngineHarness(directory);
    }

    @AfterEach
    void close() {
        harness.close();
    }

    private void bringUp() throws Exception {
        assertThat(harness.run(harness.bringUp())).allMatch(Outcome::hasChanged);
    }

    private void changeConfig() throws Exception {
        harness.run(
                write(
                                "etcd",
                                "etcd.config",
                                etcdConfig("new", 200),
                                Digests.sha256Hex(etcdConfig("new", 100)))
                        .toBuilder()
                        .setAttempt(2)
                        .build());
    }

    @Test
    void aRunningServiceIsRestartedForAChangedInputThatThePlanKnew() throws Exception {
        bringUp();
        changeConfig();

        assertThat(harness.one(service(true, false, "etcd.config")).getChanged().getWhat())
                .isEqualTo("restarted etcd");

        assertThat(harness.one(service(true, false)).hasUnchanged()).isTrue();
    }

    @Test
    void aRestartThatThePlanDidNotKnowIsStale() throws Exception {
        bringUp();
        changeConfig();

        assertThat(harness.one(service(true, false)).getFailed().getWhy())
                .isEqualTo(
                        "stale, plan again: etcd would be restarted for etcd.config, which the plan"
                                + " did not know");
        assertThat(harness.host.systemd().calls()).doesNotContain("restart etcd");
    }

    @Test
    void initialKeysAndTheJoinedFlagChangeWithoutARestart() throws Exception {
        bringUp();
        harness.run(
                write(
                                "etcd",
                                "etcd.config",
                                etcdConfig("existing", 100),
                                Digests.sha256Hex(etcdConfig("new", 100)))
                        .toBuilder()
                        .setAttempt(2)
                        .build());

        assertThat(harness.one(service(true, true)).hasChanged()).isTrue();

        assertThat(harness.host.systemd().calls()).doesNotContain("restart etcd");
        assertThat(harness.host.read("/etc/systemd/system/etcd.service"))
                .contains("AssertPathExists=/var/lib/etcd/" + EngineHarness.DATA_DIR + "/member\n");
    }

    @Test
    void aServiceThatSystemdStartedAnewByItselfKeepsItsInputs() throws Exception {
        bringUp();
        harness.host.systemd().restartByItself("etcd");

        assertThat(harness.one(service(true, false)).hasUnchanged()).isTrue();
    }

    /** Three members; those in {@code down} do not answer. */
    private void members(List<String> all, List<String> down) {
        var json = new StringBuilder("{\"members\":[");
        for (String id : all) {
            json.append(
                    "{\"ID\":%s,\"name\":\"m%s\",\"peerURLs\":[\"https://p\"],\"clientURLs\":[\"%s\"]},"
                            .formatted(id, id, url(id)));
        }
        String list = json.substring(0, json.length() - 1) + "]}";
        harness.host
                .processes()
                .when(argv -> argv.contains("list"), argv -> new Finished(0, list, ""));
        harness.host
                .processes()
                .when(
                        argv -> argv.contains("get") || argv.contains("status"),
                        argv -> {
                            String id =
                                    all.stream()
                                            .filter(it -> argv.contains("--endpoints=" + url(it)))
                                            .findFirst()
                                            .orElseThrow();
                            if (down.contains(id)) {
                                return new Finished(1, "", "Error: context deadline exceeded");
                            }
                            return new Finished(
                                    0,
                                    ("[{\"Status\":{\"header\":{\"member_id\":%s},\"raftIndex\":7,"
                                                    + "\"leader\":1,\"raftTerm\":2}}]")
                                            .formatted(id),
                                    "");
                        });
    }

    private static String url(String id) {
        return "https://198.18.0.1" + id + ":2379";
    }

    @Test
    void aMemberIsNotRestartedWhenTheOthersWouldBeNoQuorum() throws Exception {
        bringUp();
        changeConfig();
        members(List.of("1", "2", "3"), List.of("3"));

        Outcome outcome = harness.one(allowingDowntime(service(true, false, "etcd.config")));

        assertThat(outcome.getBlocked().getWhy())
                .isEqualTo("cannot restart etcd: 1 of 3 voters would serve, 2 are needed");
        assertThat(harness.host.systemd().calls()).doesNotContain("restart etcd");
    }

    private static Step allowingDowntime(Step step) {
        return step.toBuilder()
                .setEnsureService(step.getEnsureService().toBuilder().setAllowDowntime(true))
                .build();
    }

    @Test
    void aMemberIsRestartedWhenTheOthersServe() throws Exception {
        bringUp();
        changeConfig();
        members(List.of("1", "2", "3"), List.of());

        assertThat(harness.one(service(true, false, "etcd.config")).hasChanged()).isTrue();
    }

    @Test
    void theOnlyMemberIsRestartedOnlyWithDowntimeAllowed() throws Exception {
        bringUp();
        changeConfig();
        members(List.of("1"), List.of());
        Step restart = service(true, false, "etcd.config");

        Outcome refused = harness.one(restart);
        assertThat(refused.getBlocked().getRemedy()).contains("--allow-downtime");
        assertThat(harness.one(allowingDowntime(restart)).hasChanged()).isTrue();
    }

    @Test
    void aMemberThatServesNothingMayBeRestartedWhileQuorumIsLost() throws Exception {
        bringUp();
        changeConfig();
        members(List.of("1", "2", "3"), List.of("1", "2", "3"));

        assertThat(harness.one(service(true, false, "etcd.config")).hasChanged()).isTrue();
    }

    @Test
    void stoppingAsksTheGuardToo() throws Exception {
        bringUp();
        members(List.of("1", "2", "3"), List.of("2"));
        assertThat(harness.one(service(false, false)).hasBlocked()).isTrue();

        members(List.of("1", "2", "3"), List.of());
        assertThat(harness.one(service(false, false)).getChanged().getWhat())
                .isEqualTo("stopped etcd");
        assertThat(harness.host.systemd().calls()).endsWith("disable etcd", "stop etcd");
        assertThat(harness.one(service(false, false)).hasUnchanged()).isTrue();
    }

    @Test
    void aServiceIsNotStartedWhileAnotherProgramHasItsPort() throws Exception {
        Step[] steps = harness.bringUp();
        harness.run(java.util.Arrays.copyOf(steps, 7));
        harness.host.network().listen(2379);

        Outcome outcome = harness.one(service(true, false));
        assertThat(outcome.getBlocked().getWhy())
                .isEqualTo("cannot start etcd: port 2379 is taken by intruder (pid 811)");

        harness.host.network().close(2379);
        assertThat(harness.one(service(true, false)).hasChanged()).isTrue();
    }

    @Test
    void aServiceWithoutItsInputsIsNotStarted() throws Exception {
        Step[] steps = harness.bringUp();
        harness.run(steps[0], steps[1]);

        assertThat(harness.one(service(true, false)).getFailed().getWhy())
                .isEqualTo("cannot start etcd: etcd.config is not there");
    }

    @Test
    void aJoinedMemberWithoutItsDataSaysSo() throws Exception {
        Step[] steps = harness.bringUp();
        harness.run(java.util.Arrays.copyOf(steps, 7));
        harness.host.systemd().failAssertions();

        Outcome outcome = harness.one(service(true, true));

        assertThat(outcome.getFailed().getWhy()).contains("its data directory is not there");
        assertThat(outcome.getFailed().getLogLinesList()).containsExactly("the last line of etcd");
    }

    @Test
    void aUnitOfAnotherPackageIsNotOurs() throws Exception {
        Step[] steps = harness.bringUp();
        harness.run(java.util.Arrays.copyOf(steps, 7));
        harness.host.systemd().foreignUnit("etcd", "/lib/systemd/system/etcd.service");

        Outcome outcome = harness.one(service(true, false));

        assertThat(outcome.getBlocked().getWhy())
                .contains("not ours")
                .contains("/lib/systemd/system/etcd.service");
        assertThat(harness.host.exists("/etc/systemd/system/etcd.service")).isFalse();
    }

    @Test
    void aParameterOutsideItsGrammarIsRefused() throws Exception {
        Step bad = service(true, false);
        bad =
                bad.toBuilder()
                        .setEnsureService(
                                bad.getEnsureService().toBuilder()
                                        .putParameters("data-dir", "x\nExecStartPre=/bin/sh"))
                        .build();
        assertThat(harness.one(bad).getFailed().getWhy())
                .contains("parameter data-dir of unit etcd is \"x\\u000aExecStartPre=/bin/sh\"");
    }

    @Test
    void aUnitFileEditedByHandIsMendedWithoutARestart() throws Exception {
        bringUp();
        harness.host.write("/etc/systemd/system/etcd.service", "[Service]\n");

        assertThat(harness.one(service(true, false)).getChanged().getWhat())
                .isEqualTo("wrote /etc/systemd/system/etcd.service");
        assertThat(harness.host.systemd().calls()).endsWith("reload");
    }
}
