package io.davit.lab;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Pattern;
import java.util.stream.Stream;
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
 * A site without any network: hosts and controller have no route, no mirror and no apt source, and
 * whatever the controller would ask outside is dropped. One bundle, made on this machine, is all
 * that comes in.
 */
@Tag("long")
@TestMethodOrder(OrderAnnotation.class)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class AirGapIT {

    private static final String VIRTUAL_IP = "198.18.0.100";
    private static final List<String> BALANCERS = List.of("e1", "e2");
    private static final List<String> NODES = List.of("s1", "w1");
    private static final List<String> HOSTS = List.of("e1", "e2", "s1", "w1");
    private static final Pattern SHA256 = Pattern.compile("sha256 ([0-9a-f]{64})");

    /** An address of the hosts' network that nobody has, and that swallows what is sent to it. */
    private static final String NOBODY = "198.18.0.251";

    private static final String SPEC =
            """
            apiVersion: davit/v1
            kind: Cluster
            metadata: {name: ha}
            spec:
              network: {cni: flannel, clusterCidrs: [198.19.0.0/17], serviceCidrs: [198.19.128.0/17]}
              endpoint: {virtualIp: 198.18.0.100}
              hosts:
                - {name: e1, address: 198.18.0.11, roles: [etcd, load-balancer]}
                - {name: e2, address: 198.18.0.12, roles: [load-balancer]}
                - {name: s1, address: 198.18.0.14, roles: [control-plane]}
                - {name: w1, address: 198.18.0.17, roles: [worker]}
            """;

    private ExampleCluster cluster;
    private Path work;
    private Path bundle;
    private Path spec;
    private String sha256 = "";

    @BeforeAll
    void makeTheBundleAndCutTheSiteOff() throws Exception {
        cluster = ExampleCluster.registered(new Lab("it-airgap"), Example.HIGHLY_AVAILABLE, HOSTS);
        work = Files.createTempDirectory("davit-airgap");
        spec = Files.writeString(work.resolve("gap.yaml"), SPEC);
        bundle = work.resolve("bundle.tar");
        String releases = cluster.lab.lab("mirror", "root").ok().strip();
        var made =
                cluster.lab.tool(
                        davit().toString(),
                        "artifacts",
                        "export",
                        bundle.toString(),
                        "--etcd",
                        etcdVersion(),
                        "--k3s-source",
                        releases + "/k3s-io/k3s",
                        "--etcd-source",
                        releases + "/etcd-io/etcd");
        System.out.println(made.ok());
        var found = SHA256.matcher(made.out());
        assertThat(found.find()).as(made.toString()).isTrue();
        sha256 = found.group(1);

        cluster.lab.lab("mirror", "down").ok();
        askNobodyFromOutside();
        for (String host : Stream.concat(Stream.of("ctl"), HOSTS.stream()).toList()) {
            cluster.lab.sh(host, "ip route del default").ok();
            cluster.lab
                    .sh(
                            host,
                            "rm -rf /etc/apt/sources.list /etc/apt/sources.list.d/*"
                                    + " /var/lib/apt/lists/*")
                    .ok();
        }
        count("ip daddr");
        count("arp daddr ip"); // a host without a route gets no further than to ask who has it
    }

    /** Counts at the bridge what a host sends to an address that the site has not. */
    private void count(String address) {
        cluster.lab
                .lab(
                        "net",
                        "nft",
                        "add table bridge airgap; add chain bridge airgap seen { type filter hook"
                                + " prerouting priority -300; }; add rule bridge airgap seen "
                                + address
                                + " != { 198.18.0.0/24, 198.19.0.0/16, 224.0.0.0/4 } counter")
                .ok();
    }

    private long counted() {
        return Pattern.compile("counter packets ([0-9]+) ")
                .matcher(cluster.lab.lab("net", "nft", "list chain bridge airgap seen").ok())
                .results()
                .mapToLong(rule -> Long.parseLong(rule.group(1)))
                .sum();
    }

    /** The davit command of the package, unpacked as somebody with a network would. */
    private Path davit() throws IOException {
        Path archive;
        try (var found = Files.list(cluster.lab.home().resolve("install/target"))) {
            archive =
                    found.filter(p ->
                                    p.getFileName()
                                            .toString()
                                            .matches("davit-.*-linux-.*\\.tar\\.gz"))
                            .findFirst()
                            .orElseThrow();
        }
        cluster.lab
                .tool(
                        "/usr/bin/tar",
                        "-xzf",
                        archive.toString(),
                        "--strip-components=1",
                        "-C",
                        work.toString())
                .ok();
        return work.resolve("controller/bin/davit");
    }

    private String etcdVersion() throws IOException {
        var etcd =
                new ObjectMapper()
                        .readTree(cluster.lab.lab("mirror", "versions").ok())
                        .path("etcd");
        return etcd.get(etcd.size() - 1).asString();
    }

    /** Sources that would cost a time-out each, counted as they are asked. */
    private void askNobodyFromOutside() {
        cluster.lab.sh("ctl", "iptables -A OUTPUT -d " + NOBODY + " -j DROP").ok();
        cluster.lab
                .sh(
                        "ctl",
                        "sed -i 's|http://198.18.0.1:[0-9]*|http://%s|' /etc/davit/controller.yaml && grep -c %s /etc/davit/controller.yaml && systemctl restart davit"
                                .formatted(NOBODY, NOBODY))
                .ok();
        cluster.lab.tool("lab/stage", "registered", String.valueOf(HOSTS.size()), "60").ok();
    }

    private long asked() {
        return Long.parseLong(
                cluster.lab
                        .sh("ctl", "iptables -nvxL OUTPUT | awk '$3 == \"DROP\" {print $1}'")
                        .ok()
                        .strip());
    }

    @AfterAll
    void end() {
        if (cluster != null) {
            cluster.close();
        }
        if (work != null) {
            Folders.remove(work);
        }
    }

    @Test
    @Order(1)
    void aBundleThatIsNotTheOneIsRefusedAndNothingOfItIsKept() throws Exception {
        cluster.lab.lab("copy", bundle.toString(), "ctl:/root/bundle.tar").ok();
        var other =
                cluster.davit(
                        "artifacts", "import", "/root/bundle.tar", "--sha256", "ab".repeat(32));
        assertThat(other.exitCode()).as(other.toString()).isEqualTo(3);
        assertThat(other.toString()).contains("its SHA-256 is " + sha256);
        var nobody = cluster.davit("artifacts", "import", "/root/bundle.tar");
        assertThat(nobody.exitCode()).as(nobody.toString()).isEqualTo(64);

        cluster.lab.sh("ctl", "head -c 1000000 /root/bundle.tar > /root/cut.tar").ok();
        String cut = cluster.lab.sh("ctl", "sha256sum /root/cut.tar").ok().substring(0, 64);
        var refused = cluster.davit("artifacts", "import", "/root/cut.tar", "--sha256", cut);
        assertThat(refused.exitCode()).as(refused.toString()).isEqualTo(3);
        assertThat(refused.toString()).contains("cut").contains("nothing of it was kept");
        assertThat(cluster.davit("artifacts").ok()).contains("none yet");
        assertThat(cluster.lab.sh("ctl", "ls -A /var/lib/davit/controller/artifacts").ok())
                .isEmpty();
    }

    @Test
    @Order(2)
    void withoutTheBundleThePlanSaysWhatIsMissingAndHowToBringIt() throws Exception {
        var plan = cluster.plan(Files.writeString(work.resolve("versions.yaml"), withVersions()));
        assertThat(plan.exitCode()).as(plan.toString()).isNotZero();
        assertThat(plan.toString())
                .contains("davit artifacts import")
                .contains("this host's apt has no source")
                .contains("davit artifacts export --os debian-");
    }

    private String withVersions() throws IOException {
        String k3s =
                new ObjectMapper()
                        .readTree(cluster.lab.lab("mirror", "versions").ok())
                        .path("k3s")
                        .asString();
        return SPEC.replace(
                "spec:\n",
                "spec:\n  k3s: {version: %s}\n  etcd: {version: %s}\n"
                        .formatted(k3s, etcdVersion()));
    }

    @Test
    @Order(3)
    void theBundleIsTakenOnceAndAgainWithoutAChange() {
        var taken = cluster.davit("artifacts", "import", "/root/bundle.tar", "--sha256", sha256);
        assertThat(taken.exitCode()).as(taken.toString()).isZero();
        assertThat(taken.out()).contains("os-packages").contains("4 of 4 files are new");
        var again = cluster.davit("artifacts", "import", "/root/bundle.tar", "--sha256", sha256);
        assertThat(again.out()).as(again.toString()).contains("0 of 4 files are new");
    }

    @Test
    @Order(4)
    void nodesWithoutADefaultRouteAreToldBeforeAnythingIsTouched() throws Exception {
        long before = asked();
        long start = System.nanoTime();
        var plan = cluster.plan(spec);
        double seconds = (System.nanoTime() - start) / 1e9;
        System.out.printf("air gap: a plan takes %.1f s%n", seconds);
        assertThat(plan.toString()).contains("no default route").contains("docs/air-gap.md");
        assertThat(asked()).as("packets to sources outside").isEqualTo(before);
        assertThat(seconds).isLessThan(8);
        NODES.forEach(
                host -> cluster.lab.sh(host, "ip route add default dev eth0 metric 1000").ok());
    }

    @Test
    @Order(5)
    void theClusterComesUpFromTheBundleAlone() throws Exception {
        long before = asked();
        var plan = cluster.plan(spec);
        assertThat(plan.exitCode()).as(plan.toString()).isEqualTo(2);
        assertThat(plan.out())
                .contains("newest in the bundles")
                .contains("(held for debian-")
                .contains("would fetch");
        long start = System.nanoTime();
        var apply = cluster.apply(spec);
        assertThat(apply.exitCode()).as(apply.toString()).isZero();
        System.out.printf(
                "air gap: from registered agents to all nodes Ready in %.1f s%n",
                (System.nanoTime() - start) / 1e9);
        assertThat(asked()).as("packets to sources outside").isEqualTo(before);
        assertThat(cluster.kubectl("get", "nodes", "--no-headers").lines())
                .hasSize(2)
                .allMatch(line -> line.contains(" Ready "));
        assertThat(cluster.outside.holders(VIRTUAL_IP, BALANCERS)).hasSize(1);
    }

    @Test
    @Order(6)
    void packagesAreThoseOfTheBundleInstalledOnce() throws Exception {
        var offered = new TreeMap<String, String>();
        new ObjectMapper()
                .readTree(cluster.davit("artifacts", "-o", "json").ok())
                .path("artifacts")
                .forEach(artifact ->
                        artifact.path("packages")
                                .properties()
                                .forEach(e -> offered.put(e.getKey(), e.getValue().asString())));
        assertThat(offered).containsOnlyKeys("haproxy", "keepalived");
        for (String balancer : BALANCERS) {
            for (Map.Entry<String, String> item : offered.entrySet()) {
                assertThat(
                                cluster.lab
                                        .exec(
                                                balancer,
                                                "dpkg-query",
                                                "-W",
                                                "-f",
                                                "${Version}",
                                                item.getKey())
                                        .ok())
                        .as(item.getKey() + " on " + balancer)
                        .isEqualTo(item.getValue());
                assertThat(
                                cluster.lab
                                        .sh(
                                                balancer,
                                                "grep -c ' install "
                                                        + item.getKey()
                                                        + ":' /var/log/dpkg.log")
                                        .ok()
                                        .strip())
                        .isEqualTo("1");
                assertThat(cluster.outside.invocations(balancer, item.getKey())).hasSize(1);
            }
            assertThat(
                            cluster.lab
                                    .sh(
                                            balancer,
                                            "ls -A /etc/apt/sources.list.d /var/lib/apt/lists")
                                    .ok())
                    .as("the host's own apt is left as it was")
                    .doesNotContain("davit")
                    .doesNotContain("_Packages");
        }
    }

    @Test
    @Order(7)
    void nothingLeftTheSite() {
        for (String host : List.of("ctl", "e1", "e2")) {
            assertThat(cluster.lab.sh(host, "ip route get 192.0.2.1").exitCode())
                    .as(host)
                    .isNotZero();
        }
        assertThat(counted()).isZero();

        // and it would have been seen: from one host that is told where the world is, then is not
        cluster.lab.sh("s1", "ip route add 192.0.2.0/24 dev eth0; ping -c1 -W1 192.0.2.1").out();
        cluster.lab.sh("s1", "ip route del 192.0.2.0/24").ok();
        assertThat(counted()).isPositive();
    }

    @Test
    @Order(8)
    void applyingAgainMovesNothingAndWhatIsNeededCannotBeRemoved() throws Exception {
        var apply = cluster.apply(spec);
        assertThat(apply.out()).as(apply.toString()).contains("Nothing to do");
        var removed = cluster.davit("artifacts", "remove", "--unused");
        assertThat(removed.out()).as(removed.toString()).contains("nothing to remove");
    }
}
