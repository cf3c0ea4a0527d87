package io.davit.lab;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer.OrderAnnotation;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestMethodOrder;
import tools.jackson.databind.ObjectMapper;

/**
 * The ways by which Davit comes onto machines: install.sh, package, image, cloud-init, systemd
 * credentials; and away from them. Each test follows the one before.
 */
@Tag("long")
@TestMethodOrder(OrderAnnotation.class)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class BootIT {

    /** The label that the pool's nodes have. */
    private static final String LABEL = "tier=web";

    private static final Duration MOST = Duration.ofMinutes(4);

    private static final Example HOSTS =
            new Example(
                    "examples/small.yaml",
                    "small",
                    List.of("e1", "s1", "img", "b1", "b2", "d0", "d1", "k1", "x1", "x2"));

    private static final String SPEC =
            """
            pools: [{name: web, role: worker, max: 5, labels: {tier: web}}]
            hosts:
              - {name: e1, address: 198.18.0.11, roles: [etcd]}
              - {name: s1, address: 198.18.0.12, roles: [control-plane]}
            """;

    private ExampleCluster cluster;
    private Lab lab;
    private String poolToken = "";
    private List<String> bareE1 = List.of();
    private List<String> bareS1 = List.of();

    @BeforeAll
    void boot() throws Exception {
        lab = new Lab("it-boot");
        cluster = ExampleCluster.registered(lab, HOSTS, List.of());
        lab.up("e1=" + HOSTS.address("e1"), "s1=" + HOSTS.address("s1")).ok();
        bareE1 = disk("e1");
        bareS1 = disk("s1");
    }

    @AfterAll
    void end() {
        if (cluster != null) {
            cluster.close();
        }
    }

    private List<String> disk(String host) {
        return lab.script(host, "disk-print.sh").lines();
    }

    private String token(String... options) {
        var command = new ArrayList<>(List.of("token", "create"));
        command.addAll(List.of(options));
        return cluster.davit(command.toArray(String[]::new)).ok().strip();
    }

    private void cloned(String from, String to) {
        lab.lab("clone", from, to + "=" + HOSTS.address(to)).ok();
    }

    private void start(String host) {
        lab.lab("start", host).ok();
    }

    /** What tells an enrolled host from others, as its agent wrote it down. */
    private String hostId(String host) {
        return lab.sh(host, "sed -n s/^host-id=//p /var/lib/davit/agent/identity/host")
                .ok()
                .strip();
    }

    private String machineId(String host) {
        return lab.sh(host, "cat /etc/machine-id").ok().strip();
    }

    private void awaitLog(String host, String text) {
        lab.await(host, "journalctl --no-pager -o cat -u davit-agent | grep -qF '" + text + "'");
    }

    @Test
    @Order(1)
    void aClusterHalfByInstallShAndHalfByPackageIsOneCluster() throws Exception {
        lab.tool("lab/stage", "agent-with-token", "e1", token("--auto-approve")).ok();
        lab.tool("lab/stage", "agent-by-package", "s1", token("--auto-approve")).ok();
        lab.tool("lab/stage", "registered", "2").ok();
        Path spec = cluster.spec("boot.yaml", "", "");
        String yaml = Files.readString(spec);
        Files.writeString(
                spec, yaml.substring(0, yaml.indexOf("  hosts:")) + SPEC.indent(2).stripTrailing());
        var apply = cluster.apply(spec);
        assertThat(apply.exitCode()).as(apply.toString()).isZero();
        var status = cluster.davit("status", "small");
        assertThat(status.exitCode()).as(status.toString()).isZero();
        poolToken = token("--pool", "small/web", "--cidr", "198.18.0.0/24", "--max", "5");
    }

    @Test
    @Order(2)
    void anImageHasAnAgentThatRunsNowhereAndIsNobody() {
        lab.up("img=" + HOSTS.address("img")).ok();
        lab.tool("lab/stage", "cloud-init", "img").ok();
        cloned("img", "d0");
        lab.tool("lab/stage", "image", "img").ok();
        Path root = Path.of(lab.lab("root", "img").ok().strip());
        assertThat(root.resolve("var/lib/davit/agent")).isEmptyDirectory();
        assertThat(root.resolve("etc/machine-id")).isEmptyFile();
        assertThat(root.resolve("etc/systemd/system/multi-user.target.wants/davit-agent.service"))
                .isSymbolicLink();
    }

    @Test
    @Order(3)
    void anImageThatBootsAsTwoMachinesByCloudInitIsTwoReadyWorkersWithNobodyTyping()
            throws Exception {
        for (String host : List.of("b1", "b2")) {
            cloned("img", host);
            lab.tool(
                            "lab/stage",
                            "seed",
                            host,
                            "install/cloud-init/user-data.yaml",
                            "CONTROLLER=198.18.0.2",
                            "TOKEN=" + poolToken)
                    .ok();
            start(host);
        }
        cluster.awaitReady(LABEL, 2, MOST);
        assertThat(hostId("b1")).isNotEmpty().isNotEqualTo(hostId("b2"));
        assertThat(machineId("b1")).isNotEqualTo(machineId("b2"));
        String ours =
                Files.readString(lab.home().resolve("install/cloud-init/user-data.yaml"))
                        .replace("@CONTROLLER@", "198.18.0.2")
                        .replace("@TOKEN@", poolToken);
        assertThat(lab.exec("b1", "cat", "/var/lib/cloud/instance/user-data.txt").ok())
                .isEqualTo(ours);
        assertThat(lab.exec("b1", "cloud-init", "status").out()).contains("done");
        for (String host : List.of("b1", "b2")) {
            lab.await(host, "[ ! -e /etc/davit/token ]");
        }
    }

    @Test
    @Order(4)
    void aMachineThatKnowsNothingOfDavitGetsThePackageByCloudInit() throws Exception {
        cloned("d0", "d1");
        Path root = Path.of(lab.lab("root", "d1").ok().strip());
        Files.writeString(root.resolve("etc/machine-id"), "");
        Path deb = lab.agentPackage();
        Files.copy(deb, root.resolve("var/davit-agent.deb"));
        lab.tool(
                        "lab/stage",
                        "seed",
                        "d1",
                        "install/cloud-init/user-data-package.yaml",
                        "CONTROLLER=198.18.0.2",
                        "TOKEN=" + poolToken,
                        "URL=file:///var/davit-agent.deb",
                        "SHA256=" + sha256(deb))
                .ok();
        start("d1");
        cluster.awaitReady(LABEL, 3, MOST);
        assertThat(lab.exec("d1", "dpkg", "--verify", "davit-agent").ok()).isEmpty();
    }

    @Test
    @Order(5)
    void tokenAndAddressMayBeCredentialsOfTheMachine() throws Exception {
        cloned("img", "k1");
        credential("k1", "davit-token", token("--auto-approve"));
        credential("k1", "davit-controller", "198.18.0.2");
        start("k1");
        lab.tool("lab/stage", "registered", "6").ok();
        assertThat(hostId("k1")).isNotEmpty();
        assertThat(lab.sh("k1", "ls /etc/davit/token /etc/davit/agent.conf").exitCode())
                .isNotZero();
    }

    private void credential(String host, String id, String value) {
        lab.check(value + "\n", lab.home().resolve("lab/lab").toString(), "credential", host, id)
                .ok();
    }

    @Test
    @Order(6)
    void aCopyOfARunningHostsDiskRefusesItsIdentityAndSaysWhy() throws Exception {
        String life = cluster.outside.life("k1", "davit-agent");
        cloned("k1", "x1");
        Path root = Path.of(lab.lab("root", "x1").ok().strip());
        Files.writeString(root.resolve("etc/machine-id"), "");
        credential("x1", "davit-controller", "198.18.0.2");
        start("x1");
        String id = hostId("k1");
        awaitLog("x1", "the identity of host " + id + " is not used on this machine");
        awaitLog(
                "x1",
                "its machine-id was "
                        + machineId("k1")
                        + " and is "
                        + machineId("x1")
                        + "; the disk was moved or copied. It is kept in"
                        + " /var/lib/davit/agent/identity.stale; a new token makes this a host of"
                        + " its own");
        assertThat(lab.exec("x1", "test", "-e", "/var/lib/davit/agent/identity").exitCode())
                .isNotZero();
        assertThat(lab.exec("x1", "cat", "/var/lib/davit/agent/identity.stale/host").ok())
                .contains(id);
        originalIsUndisturbed(life);

        String token = token("--auto-approve");
        lab.check(
                        token + "\n",
                        lab.home().resolve("lab/lab").toString(),
                        "exec",
                        "x1",
                        "sh",
                        "-c",
                        "umask 077; cat > /etc/davit/token")
                .ok();
        lab.tool("lab/stage", "registered", "7").ok();
        assertThat(hostId("x1")).isNotEqualTo(id);
    }

    @Test
    @Order(7)
    void aCopyThatLooksLikeItsOriginalIsRefusedByTheController() throws Exception {
        String life = cluster.outside.life("k1", "davit-agent");
        cloned("k1", "x2");
        credential("x2", "davit-controller", "198.18.0.2");
        start("x2");
        awaitLog("x2", "POSSIBLE_CLONE");
        originalIsUndisturbed(life);
        lab.lab("poweroff", "x2").ok();
    }

    private void originalIsUndisturbed(String life) {
        assertThat(cluster.outside.life("k1", "davit-agent")).isEqualTo(life);
        String id = hostId("k1");
        var hosts =
                new ObjectMapper().readTree(cluster.davit("hosts", "-o", "json").ok()).get("hosts");
        assertThat(hosts.valueStream().filter(host -> host.get("hostId").asString().equals(id)))
                .singleElement()
                .satisfies(host -> assertThat(host.get("connected").asBoolean()).isTrue());
    }

    @Test
    @Order(8)
    void takenAwayByEitherMeansNothingIsLeftOnTheDisk() throws Exception {
        var down =
                cluster.davit(
                        "clusters", "remove", "small", "--destroy-data", "--yes-remove", "small");
        assertThat(down.exitCode()).as(down.toString()).isZero();
        lab.exec("e1", "/root/davit-package/install.sh", "--uninstall", "--purge").ok();
        lab.exec("s1", "dpkg", "--purge", "davit-agent").ok();
        assertThat(Outside.difference(bareE1, disk("e1"))).isEmpty();
        assertThat(Outside.difference(bareS1, disk("s1"))).isEmpty();
    }

    private static String sha256(Path file) throws Exception {
        return HexFormat.of()
                .formatHex(MessageDigest.getInstance("SHA-256").digest(Files.readAllBytes(file)));
    }
}
