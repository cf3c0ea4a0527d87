package io.davit.lab;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer.OrderAnnotation;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestMethodOrder;

/** What a real Prometheus and {@code davit status} say of a cluster that is broken and mended. */
@TestMethodOrder(OrderAnnotation.class)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class MonitoringIT {

    private static final Duration SOON = Duration.ofSeconds(45);

    private static final String TWO_BALANCERS =
            """
              endpoint: {virtualIp: 198.18.0.100}
              hosts:
                - {name: e1, address: 198.18.0.11, roles: [etcd, load-balancer]}
                - {name: e2, address: 198.18.0.12, roles: [etcd, load-balancer]}
            """;

    /** The interface that has the host's address. */
    private static final String CARD =
            "$(ip -o -4 address show to 198.18.0.0/24 | awk '{print $2; exit}')";

    private ExampleCluster cluster;
    private Lab lab;
    private Prometheus prometheus;

    @BeforeAll
    void start() throws Exception {
        cluster = ExampleCluster.registered("it-monitor", Example.SMALL);
        lab = cluster.lab;
        prometheus = Prometheus.start(lab);
    }

    @AfterAll
    void end() {
        if (prometheus != null) {
            prometheus.close();
        }
        if (cluster != null) {
            cluster.close();
        }
    }

    private Path spec() throws Exception {
        return cluster.spec(
                "monitored.yaml",
                TWO_BALANCERS
                        .replace("  endpoint: {virtualIp: 198.18.0.100}\n", "")
                        .replace(", load-balancer", ""),
                TWO_BALANCERS);
    }

    private static String alert(String name, String... labels) {
        return "ALERTS{alertname=\"" + name + "\"" + String.join("", labels) + "}";
    }

    private static String on(String host) {
        return ",host=\"" + host + "\"";
    }

    private static String away(String host) {
        return "up{job=\"davit-hosts\",host=\"" + host + "\"} == 0";
    }

    /** Faults by name, with the expression that tells each. */
    private void tell(Map<String, String> faults, boolean given) throws InterruptedException {
        long began = System.nanoTime();
        for (var fault : faults.entrySet()) {
            var left = SOON.minusNanos(System.nanoTime() - began);
            prometheus.await(fault.getValue(), given, left.isNegative() ? Duration.ZERO : left);
            System.out.printf(
                    "%s: %s after %d s%n",
                    fault.getKey(),
                    given ? "told" : "cleared",
                    Duration.ofNanos(System.nanoTime() - began).toSeconds());
        }
    }

    @Test
    @Order(1)
    void everyHostIsFoundAndScrapedOverTls() throws Exception {
        var apply = cluster.apply(spec());
        assertThat(apply.exitCode()).as(apply.toString()).isZero();
        prometheus.await("count(up{job=\"davit-hosts\"} == 1) == 6", true, SOON);
        assertThat(prometheus.query("up{job=\"davit\"} == 1")).isNotEmpty();
        assertThat(prometheus.query("count by (cluster) (up{job=\"davit-hosts\"})"))
                .contains("\"cluster\":\"small\"");
        assertThat(prometheus.query("up{instance=\"small/e1\",role=\"etcd,load-balancer\"}"))
                .isNotEmpty();
        prometheus.await("davit_cluster_virtual_ip_holders == 1", true, SOON);
        prometheus.await("ALERTS", false, SOON);
        var status = cluster.davit("status");
        assertThat(status.exitCode()).as(status.toString()).isZero();
    }

    @Test
    @Order(2)
    void thePagesAreInTheFormatThatPrometheusWants() throws Exception {
        String pages =
                lab.sh(
                                "ctl",
                                """
                                set -e
                                ask() {
                                    curl -sf --cacert /etc/prometheus/davit-ca.crt \
                                        -H "Authorization: Bearer $(cat /etc/prometheus/davit.token)" \
                                        --connect-to ctl:7446:127.0.0.1:7446 "https://ctl:7446$1"
                                }
                                ask /metrics
                                ask "$(ask /sd | grep -o '/metrics/hosts/[0-9a-f]*' | head -n 1)"
                                """)
                        .ok();
        assertThat(pages).contains("davit_cluster_host_up{").contains("davit_host_role_ok{");
        var judged = lab.check(pages, "promtool", "check", "metrics");
        assertThat(judged.toString()).contains(": exit 0");
    }

    /** As a kernel without memory would: as soon as systemd has started it again. */
    private static final String KILL_AGAIN_AND_AGAIN =
            """
            while :; do
                pid=$(systemctl show -P MainPID etcd)
                [ "$pid" = 0 ] || kill -9 "$pid" 2>/dev/null
                sleep 0.1
            done
            """;

    /** What the alert asks. */
    private static final String DRIFT =
            "davit_cluster_host_drift{host=\"e2\"} > 0"
                    + " unless on (cluster) davit_cluster_operation_running == 1";

    private static final String CONFIG = "/etc/etcd/etcd.yaml";

    @Test
    @Order(3)
    void sixFaultsAreToldWithin45SecondsAndClearWhenMended() throws Exception {
        lab.sh("e2", "cp -p %1$s /root/as-it-was && echo '# by hand' >> %1$s".formatted(CONFIG))
                .ok();
        lab.sh("w2", "systemctl stop k3s-agent").ok();
        lab.lab("fill", "w2", "/var/lib/rancher").ok();
        Process killing = lab.background("e3", KILL_AGAIN_AND_AGAIN);
        lab.sh("e1", "systemctl stop haproxy").ok();
        lab.sh("w1", "systemctl stop davit-agent").ok();
        lab.sh("s1", "kill -STOP $(systemctl show -P MainPID k3s)").ok();
        var faults = new LinkedHashMap<String, String>();
        faults.put("etcd killed", alert("DavitMemberDown"));
        faults.put("quorum at risk", alert("DavitQuorumAtRisk"));
        faults.put("HAProxy stopped", alert("DavitLoadBalancerDown", on("e1")));
        faults.put("agent stopped", away("w1"));
        faults.put("k3s frozen", alert("DavitServerDown"));
        faults.put("disk filled", alert("DavitDiskNearlyFull", on("w2")));
        faults.put("drift", DRIFT);
        tell(faults, true);

        var status = cluster.davit("status");
        assertThat(status.exitCode()).as(status.toString()).isEqualTo(2);
        assertThat(status.out())
                .contains("small  down")
                .contains("may lose 0 of 3 etcd, 0 of 1 control plane")
                .containsPattern("e3 .* etcd .*NOT OK health: ")
                .containsPattern("load-balancer .*NOT OK haproxy-serving: unit haproxy is inactive")
                .containsPattern("w1 .* away .*NOT OK its host is away")
                .containsPattern("s1 .*NOT OK readyz: no answer within")
                .containsPattern("! /var/lib/rancher of w2 has \\d+ MiB left")
                .contains("! the state of e2 is not as applied: etcd etcd.config: differs");
        assertThat(cluster.davit("why", "e3").ok())
                .contains("e3 etcd: etcd is not ok, since ")
                .contains("  health: ")
                .contains("  cause: ");
        assertThat(cluster.davit("why", "e2").ok())
                .contains("the state of e2 is not as applied: etcd etcd.config: differs")
                .contains("cause: somebody or something changed it beside Davit")
                .contains("davit plan -f FILE shows the difference");
        assertThat(cluster.davit("why", "small").ok())
                .contains("w1 worker: worker is not ok")
                .contains("cause: the host's agent has no session with the controller")
                .contains("cause: a process is there and does not answer")
                .containsPattern("w2\\n  /var/lib/rancher of w2 has \\d+ MiB left");

        lab.sh("s1", "kill -CONT $(systemctl show -P MainPID k3s)").ok();
        killing.destroy(); // systemd starts it again by itself
        lab.sh("e2", "mv /root/as-it-was " + CONFIG).ok();
        lab.sh("e1", "systemctl start haproxy").ok();
        lab.sh("w1", "systemctl start davit-agent").ok();
        lab.lab("unfill", "w2", "/var/lib/rancher").ok();
        lab.sh("w2", "systemctl start k3s-agent").ok();
        tell(faults, false);
        prometheus.await("ALERTS", false, SOON);
        var mended = cluster.davit("status");
        assertThat(mended.exitCode()).as(mended.toString()).isZero();
        assertThat(cluster.davit("why", "e3").ok()).contains("nothing waits, and nothing is wrong");
        assertThat(cluster.davit("events", "--cluster", "small").ok())
                .containsPattern("failed +small +e3 .*etcd (unit|health): ")
                .containsPattern("drift +small +e2 .*is not as applied: etcd etcd.config")
                .containsPattern("drift +small +e2 .*is as applied again")
                .containsPattern("ok +small +e3 .*etcd health")
                .containsPattern("host down +small +w1 ")
                .containsPattern("operator +small .*clusters apply cluster/small");
    }

    @Test
    @Order(4)
    @Tag("long")
    void aCutNetworkAndASecondHolderOfTheAddressAreToldToo() throws Exception {
        String holder = status("virtual IP on (e[12])");
        String other = holder.equals("e1") ? "e2" : "e1";
        lab.lab("cut", "w1").ok();
        lab.sh(other, "ip address add 198.18.0.100/32 dev " + CARD).ok();
        var faults =
                new LinkedHashMap<>(
                        Map.of(
                                "network cut",
                                away("w1"),
                                "two holders",
                                alert("DavitVirtualIpTwoHolders")));
        tell(faults, true);
        var status = cluster.davit("status");
        assertThat(status.exitCode()).as(status.toString()).isEqualTo(1);
        assertThat(status.out())
                .contains("the virtual IP 198.18.0.100 is on 2 hosts: e1, e2")
                .containsPattern("w1 .* away ");

        lab.lab("heal", "w1").ok();
        lab.sh(other, "ip address del 198.18.0.100/32 dev " + CARD).ok();
        tell(faults, false);
    }

    private String status(String pattern) {
        var found = java.util.regex.Pattern.compile(pattern).matcher(cluster.davit("status").out());
        assertThat(found.find()).as(pattern).isTrue();
        return found.group(1);
    }

    @Test
    @Order(5)
    @Tag("long")
    void whileTheControllerIsDownNoHostRaisesAnAlarm() throws Exception {
        lab.sh("ctl", "systemctl stop davit").ok();
        prometheus.await(alert("DavitControllerDown"), true, SOON);
        for (String other : List.of("DavitHostAway", "DavitMemberDown", "DavitServerDown")) {
            assertThat(prometheus.query(alert(other))).as(other).isEmpty();
        }
        lab.sh("ctl", "systemctl start davit").ok();
        prometheus.await(alert("DavitControllerDown"), false, SOON);
        prometheus.await("count(up{job=\"davit-hosts\"} == 1) == 6", true, SOON);
    }
}
