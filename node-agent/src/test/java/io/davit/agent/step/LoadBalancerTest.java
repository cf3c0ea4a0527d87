package io.davit.agent.step;

import static io.davit.agent.step.EngineHarness.prepare;
import static io.davit.agent.step.EngineHarness.step;
import static io.davit.agent.step.EngineHarness.write;
import static org.assertj.core.api.Assertions.assertThat;

import io.davit.common.Digests;
import io.davit.proto.agent.v1.DesiredState;
import io.davit.proto.agent.v1.EnsureCertificate;
import io.davit.proto.agent.v1.EnsureService;
import io.davit.proto.agent.v1.Outcome;
import io.davit.proto.agent.v1.ProbeCall;
import io.davit.proto.agent.v1.ProbeReading;
import io.davit.proto.agent.v1.RoleInventory;
import io.davit.proto.agent.v1.RunAction;
import io.davit.proto.agent.v1.Step;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The load balancer's profile on a fake host on which its packages are installed. */
final class LoadBalancerTest {

    private static final String ROLE = "load-balancer";
    private static final String CONFIG = "/etc/haproxy/haproxy.cfg";
    private static final String PACKAGED = "global\n  log /dev/log local0\n";
    private static final String DROP_IN = "/etc/systemd/system/haproxy.service.d/50-davit.conf";

    private static final String SERVER_STATE = "/run/davit-haproxy-servers";

    @TempDir Path directory;
    private EngineHarness harness;
    private FakeHaproxy haproxy;

    @BeforeEach
    void install() throws Exception {
        harness = new EngineHarness(directory);
        harness.host.systemd().foreignUnit("haproxy", "/lib/systemd/system/haproxy.service");
        harness.host.systemd().foreignUnit("keepalived", "/lib/systemd/system/keepalived.service");
        harness.host.write(CONFIG, PACKAGED);
        harness.host.write("/etc/keepalived/keepalived.conf.sample", "");
        harness.host.write(
                "/var/lib/dpkg/status",
                """
                Package: haproxy
                Status: install ok installed
                Conffiles:
                 /etc/default/haproxy 0123456789abcdef0123456789abcdef
                 %s %s
                Description: fast and reliable load balancing reverse proxy
                 /etc/haproxy/davit-server-ca.crt is not of the package

                """
                        .formatted(CONFIG, md5(PACKAGED)));
        haproxy = new FakeHaproxy(harness.host.files().resolve("/run/haproxy/admin.sock"));
        harness.host.systemd().atReload(haproxy::reloaded);
    }

    @AfterEach
    void close() throws IOException {
        haproxy.close();
        harness.close();
    }

    private static String md5(String text) throws Exception {
        return HexFormat.of()
                .formatHex(
                        MessageDigest.getInstance("MD5")
                                .digest(text.getBytes(java.nio.charset.StandardCharsets.UTF_8)));
    }

    private static String config(int maxconn) {
        return "global\n  maxconn %d\nbackend k3s\n  mode tcp\n".formatted(maxconn);
    }

    private static Step service(String... because) {
        return step(ROLE, "service.haproxy")
                .setEnsureService(
                        EnsureService.newBuilder()
                                .setUnit("haproxy")
                                .setDesired(DesiredState.DESIRED_STATE_RUNNING)
                                .addAllRestartBecause(List.of(because)))
                .build();
    }

    private Step certificate() {
        harness.signedProfile = harness.ca.profile(EngineHarness.MEMBER);
        return step(ROLE, "check-client")
                .setEnsureCertificate(
                        EnsureCertificate.newBuilder()
                                .setSlot("load-balancer.check-client")
                                .setProfile(harness.signedProfile))
                .build();
    }

    private static Step writeConfig(String content, String previous) {
        return write(ROLE, "load-balancer.haproxy-config", content, previous);
    }

    private void bringUp() throws Exception {
        assertThat(
                        harness.run(
                                prepare(ROLE),
                                write(ROLE, "load-balancer.server-ca", harness.ca.pem(), ""),
                                certificate(),
                                writeConfig(config(100), ""),
                                service()))
                .allMatch(Outcome::hasChanged);
    }

    private RoleInventory inventory() {
        return harness.engine().observe().getRolesList().stream()
                .filter(role -> role.getRole().equals(ROLE))
                .findFirst()
                .orElseThrow();
    }

    @Test
    void aPackagesConfigurationThatNobodyChangedCountsAsAbsent() throws Exception {
        assertThat(inventory().getObstaclesList()).isEmpty();
        assertThat(inventory().getSlotsList()).isEmpty();

        bringUp();

        assertThat(harness.host.read(CONFIG)).isEqualTo(config(100));
        assertThat(inventory().getSlotsList()).hasSize(2);
    }

    @Test
    void aPackagesConfigurationThatSomebodyChangedIsNotOurs() throws Exception {
        harness.host.write(CONFIG, PACKAGED + "  maxconn 7\n");

        assertThat(inventory().getObstaclesList())
                .extracting(obstacle -> obstacle.getWhat())
                .containsExactly(CONFIG);
        harness.run(prepare(ROLE));
        assertThat(harness.one(writeConfig(config(100), "")).hasBlocked()).isTrue();
    }

    @Test
    void theUnitOfThePackageGetsADropIn() throws Exception {
        bringUp();

        assertThat(harness.host.read(DROP_IN)).contains("\nRestart=always\n");
        assertThat(harness.host.systemd().calls())
                .containsSubsequence("enable haproxy", "start haproxy");
        assertThat(harness.one(service()).hasUnchanged()).isTrue();
    }

    @Test
    void aUnitThatAPersonWroteIsNotOurs() throws Exception {
        harness.host.systemd().foreignUnit("haproxy", "/etc/systemd/system/haproxy.service");

        assertThat(inventory().getObstaclesList())
                .extracting(obstacle -> obstacle.getWhat())
                .containsExactly("haproxy.service");
    }

    @Test
    void aChangedConfigurationIsReloadedAndNotRestarted() throws Exception {
        bringUp();
        harness.one(writeConfig(config(200), Digests.sha256Hex(config(100))));
        Step reload = service("load-balancer.haproxy-config");
        var check = harness.engine().check(List.of(reload)).getFirst().getWouldChange();
        assertThat(check.getChange()).contains("reload haproxy");
        assertThat(check.getRestarts()).isFalse();

        assertThat(harness.one(reload).getChanged().getWhat()).isEqualTo("reloaded haproxy");

        assertThat(harness.host.systemd().calls())
                .endsWith("reload haproxy")
                .doesNotContain("restart haproxy");
        assertThat(harness.one(service()).hasUnchanged()).isTrue();
    }

    @Test
    void aReloadBeginsWithServersThatNobodyHasSeenUpAsDown() throws Exception {
        bringUp();
        String servers =
                config(200)
                        + """
                          server s1 198.18.0.14:6443
                          server s2 198.18.0.15:6443
                          server s3 198.18.0.16:6443
                        """;
        harness.one(writeConfig(servers, Digests.sha256Hex(config(100))));

        String told = toldAtAReload();

        assertThat(told)
                .isEqualTo(
                        """
                        1
                        %s
                        3 k3s 2 s2 198.18.0.15 0 0 1 1 0 1 0 0 6 0 0 0 - 6443 - 0 0 - - 0
                        3 k3s 3 s3 198.18.0.16 0 0 1 1 0 1 0 0 6 0 0 0 - 6443 - 0 0 - - 0
                        """
                                .formatted(FakeHaproxy.STATE_COLUMNS));
        assertThat(read(SERVER_STATE)).isEqualTo("1\n");
    }

    @Test
    void whereNoServerIsSeenUpAllAreTriedAfterAReload() throws Exception {
        bringUp();
        String moved = config(200) + "  server s1 198.18.0.19:6443\n";
        harness.one(writeConfig(moved, Digests.sha256Hex(config(100))));

        String told = toldAtAReload();

        assertThat(told).isEqualTo("1\n");
    }

    /** Reloads it; what stands in the state file while it does so. */
    private String toldAtAReload() throws Exception {
        var told = new AtomicReference<String>("");
        harness.host
                .systemd()
                .atReload(() -> {
                    told.set(read(SERVER_STATE));
                    haproxy.reloaded();
                });
        harness.one(service("load-balancer.haproxy-config"));
        return told.get();
    }

    private String read(String path) {
        try {
            return harness.host.read(path);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Test
    void aRefusedReloadIsAFailureAndIsTriedAgain() throws Exception {
        bringUp();
        harness.one(writeConfig(config(200), Digests.sha256Hex(config(100))));
        harness.host.systemd().refuseReload();
        Step reload = service("load-balancer.haproxy-config");

        assertThat(harness.one(reload).getFailed().getWhy())
                .startsWith("cannot reload haproxy, which goes on with what it had");
        assertThat(inventory().getUnits(0).getStartedWithMap())
                .containsEntry("load-balancer.haproxy-config", Digests.sha256Hex(config(100)))
                .containsEntry("template", inventory().getUnits(0).getInputsNowOrThrow("template"));
        assertThat(harness.one(reload).getChanged().getWhat()).isEqualTo("reloaded haproxy");
    }

    @Test
    void anEditThatAPersonReloadedIsKnownAfterItsFileWasMended() throws Exception {
        bringUp();
        harness.host.write(CONFIG, config(300));
        harness.host.systemd().reloadByHand("haproxy", harness.host.changed(CONFIG).plusNanos(1));
        harness.one(writeConfig(config(100), Digests.sha256Hex(config(300))));

        var startedWith = inventory().getUnits(0).getStartedWithMap();
        assertThat(startedWith)
                .containsEntry("load-balancer.haproxy-config", Digests.sha256Hex(config(300)))
                .containsEntry("template", inventory().getUnits(0).getInputsNowOrThrow("template"));
        assertThat(harness.one(service("load-balancer.haproxy-config")).getChanged().getWhat())
                .isEqualTo("reloaded haproxy");
    }

    @Test
    void haproxyItselfJudgesAConfigurationOnceEverythingItReadsIsThere() throws Exception {
        harness.host.write("/usr/sbin/haproxy", "");
        harness.run(prepare(ROLE));
        assertThat(harness.one(writeConfig(config(1), "")).hasChanged()).isTrue();
        assertThat(harness.host.transientUnits().judged()).isEmpty();

        harness.run(write(ROLE, "load-balancer.server-ca", harness.ca.pem(), ""), certificate());
        harness.host.transientUnits().refuse("[ALERT] unknown keyword");
        Outcome outcome = harness.one(writeConfig(config(2), Digests.sha256Hex(config(1))));

        assertThat(outcome.getFailed().getWhy())
                .contains("/usr/sbin/haproxy refuses it")
                .contains("unknown keyword");
        assertThat(harness.host.read(CONFIG)).isEqualTo(config(1));
        assertThat(harness.host.transientUnits().judged())
                .contains("DynamicUser=yes", "PrivateNetwork=yes", "SupplementaryGroups=haproxy");
        harness.host.transientUnits().refuse("");
        assertThat(harness.one(writeConfig(config(2), Digests.sha256Hex(config(1)))).hasChanged())
                .isTrue();
    }

    private static Step action(String name, String server) {
        return step(ROLE, name)
                .setRunAction(RunAction.newBuilder().setAction(name).putArgs("server", server))
                .build();
    }

    @Test
    void aServerIsDrainedAndMadeReadyByItsName() throws Exception {
        var checks =
                harness.engine()
                        .check(
                                List.of(
                                        action("lb-drain", "s1"),
                                        action("lb-drain", "s2"),
                                        action("lb-ready", "s1"),
                                        action("lb-ready", "s2")));
        assertThat(checks)
                .extracting(check -> check.hasUnchanged())
                .containsExactly(false, true, true, false);
        assertThat(haproxy.asked()).allMatch(line -> line.startsWith("show "));

        assertThat(harness.one(action("lb-drain", "s1")).hasChanged()).isTrue();
        assertThat(haproxy.asked()).contains("set server k3s/s1 state drain");
        assertThat(harness.one(action("lb-ready", "s2")).hasChanged()).isTrue();
        assertThat(haproxy.asked()).contains("set server k3s/s2 state ready");

        haproxy.sessions("s1", 2);
        assertThat(harness.one(action("lb-drain", "s1")).getChanged().getWhat())
                .as("watches do not end, and are not waited for")
                .contains("not settled after 5 s");
        haproxy.sessions("s1", 0);
        assertThat(harness.one(action("lb-drain", "s1")).getChanged().getWhat())
                .doesNotContain("not settled");

        haproxy.answer("set server k3s/s9 state drain", "No such server.\n\n");
        assertThat(harness.one(action("lb-drain", "s9")).getFailed().getWhy())
                .isEqualTo("cannot run lb-drain: No such server.");
        assertThat(harness.one(action("lb-drain", "s1; shutdown")).hasFailed()).isTrue();
    }

    private ProbeReading probe(String name, Map<String, String> arguments) {
        return harness.engine()
                .probe(
                        ROLE,
                        ProbeCall.newBuilder().setProbe(name).putAllArgs(arguments).build(),
                        Duration.ofSeconds(5));
    }

    @Test
    void probesTellWhatHaproxySays() throws Exception {
        assertThat(probe("haproxy-serving", Map.of()).getError())
                .isEqualTo("unit haproxy is inactive");
        bringUp();
        assertThat(probe("haproxy-serving", Map.of()).getOk()).isTrue();
        assertThat(probe("keepalived-serving", Map.of()).getOk()).isFalse();
        assertThat(probe("lb-backend-up", Map.of("server", "s1")).getOk()).isTrue();
        assertThat(probe("lb-backend-up", Map.of("server", "s2")).getError())
                .isEqualTo("k3s/s2 is DOWN (L4CON), 0 sessions");
        assertThat(probe("lb-backend-idle", Map.of("server", "s1")).getOk()).isFalse();
        assertThat(probe("lb-backend-idle", Map.of("server", "s2")).getOk()).isTrue();
        assertThat(probe("lb-backend-up", Map.of("server", "s3")).getError())
                .isEqualTo("backend k3s has no server s3");
        haproxy.close();
        assertThat(probe("haproxy-serving", Map.of()).getError()).contains("admin.sock");
    }

    @Test
    void theInventoryListsTheServersAsHaproxySeesThem() throws Exception {
        assertThat(inventory().hasLoadBalancer()).isFalse();
        bringUp();

        var state = inventory().getLoadBalancer();
        assertThat(state.getServing()).isTrue();
        assertThat(state.getBackendsList())
                .extracting(it -> it.getName() + " " + it.getStatus() + " " + it.getCheck())
                .containsExactly("s1 UP L7OK/200", "s2 DOWN L4CON");
        assertThat(state.getBackends(0).getSessions()).isEqualTo(2);
        assertThat(state.getBackendsList())
                .as("s2 is drained, which its status does not tell while it is down")
                .extracting(it -> it.getDrained())
                .containsExactly(false, true);

        haproxy.close();
        assertThat(inventory().getLoadBalancer().getServing()).isFalse();
        assertThat(inventory().getLoadBalancer().getError()).contains("admin.sock");
    }
}
