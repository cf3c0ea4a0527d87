package io.davit.agent.health;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.davit.agent.profile.Catalogue;
import io.davit.agent.system.FakeHost;
import io.davit.proto.agent.v1.ProbeCall;
import io.davit.proto.agent.v1.ProbeReading;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Those that only the monitor reads. */
final class WatchedProbesTest {

    /** From etcd 3.4.23. */
    private static final String METRICS =
            """
            # HELP etcd_server_has_leader Whether or not a leader exists. 1 is existence, 0 is not.
            # TYPE etcd_server_has_leader gauge
            etcd_server_has_leader 1
            etcd_server_is_leader 0
            etcd_server_is_learner 0
            etcd_mvcc_db_total_size_in_bytes 2.4576e+04
            etcd_mvcc_db_total_size_in_use_in_bytes 1.6384e+04
            etcd_server_quota_backend_bytes 2.147483648e+09
            """;

    private static final String KEEPALIVED =
            """
            vrrp_instance k3s {
                virtual_ipaddress {
                    198.18.0.%s/32 dev eth0
                }
            }
            """;

    @TempDir Path directory;
    private FakeHost host;
    private Probes probes;

    @BeforeEach
    void open() throws IOException {
        host = new FakeHost(directory);
        probes = new Probes(Catalogue.compiledIn(), host.system());
    }

    private ProbeReading read(String role, String probe) throws InterruptedException {
        return probes.read(
                role, ProbeCall.newBuilder().setProbe(probe).build(), Duration.ofSeconds(5));
    }

    @Test
    void aMemberTellsItsNumbers() throws Exception {
        assertThat(EtcdNumbers.judge(METRICS))
                .containsEntry("has-leader", "true")
                .containsEntry("leader", "false")
                .containsEntry("db-bytes", "24576")
                .containsEntry("db-in-use-bytes", "16384")
                .containsEntry("db-quota-bytes", "2147483648");
    }

    @Test
    void aMemberWithoutALeaderOrSpaceIsNotWell() {
        assertThatThrownBy(() -> EtcdNumbers.judge(METRICS.replace("leader 1", "leader 0")))
                .hasMessage("it has no leader");
        assertThatThrownBy(() -> EtcdNumbers.judge(METRICS.replace("2.4576e+04", "2.2e+09")))
                .hasMessage(
                        "NOSPACE: its database has 2200000000 bytes, of 2147483648 that it may"
                                + " have");
        assertThatThrownBy(() -> EtcdNumbers.judge("etcd_server_has_leader NaN?\n"))
                .hasMessage("its metrics do not say whether it has a leader");
    }

    @Test
    void theAddressIsHeldByTheHostThatHasIt() throws Exception {
        assertThat(read("load-balancer", "virtual-ip").getOk()).as("it has none").isTrue();

        host.write("/etc/keepalived/keepalived.conf", KEEPALIVED.formatted("11"));
        var stopped = read("load-balancer", "virtual-ip");
        assertThat(stopped.getError()).startsWith("unit keepalived is ");
        assertThat(stopped.getDetailsMap())
                .as("who holds it is told even so")
                .containsEntry("held", "true");

        host.write("/etc/keepalived/keepalived.conf", KEEPALIVED.formatted("100"));
        assertThat(read("load-balancer", "virtual-ip").getDetailsMap())
                .containsEntry("address", "198.18.0.100")
                .containsEntry("held", "false");
    }

    @Test
    void allNodesAreReadPageByPage() throws Exception {
        host.kubeApi()
                .answer(
                        "GET /api/v1/nodes?limit=100",
                        200,
                        """
                        {"metadata":{"continue":"a=b"},"items":[{"metadata":{"name":"s1"},
                        "status":{"conditions":[{"type":"Ready","status":"True"}]}}]}
                        """);
        host.kubeApi()
                .answer(
                        "GET /api/v1/nodes?limit=100&continue=a%3Db",
                        200,
                        """
                        {"metadata":{},"items":[{"metadata":{"name":"w1"},
                        "status":{"conditions":[{"type":"Ready","status":"Unknown",
                        "reason":"NodeStatusUnknown","message":"Kubelet stopped posting"}]}}]}
                        """);
        assertThat(read("control-plane", "nodes").getDetailsMap())
                .containsEntry("s1", "Ready")
                .containsEntry("w1", "Unknown NodeStatusUnknown: Kubelet stopped posting");
    }

    @Test
    void aServerKnowsItsOwnNodesName() throws Exception {
        host.write("/etc/rancher/k3s/config.yaml", "node-name: \"s1\"\n");
        host.kubeApi()
                .answer(
                        "GET /api/v1/nodes/s1",
                        200,
                        """
                        {"status":{"conditions":[{"type":"Ready","status":"False",
                        "reason":"KubeletNotReady","message":"cni plugin not initialized"}]}}
                        """);
        var reading = read("control-plane", "own-node");
        assertThat(reading.getError())
                .isEqualTo("node s1 is not ready: cni plugin not initialized");
        assertThat(reading.getDetailsMap()).containsEntry("reason", "KubeletNotReady");
    }

    @Test
    void aWorkerNamesTheServerThatItCannotReach() throws Exception {
        host.write("/etc/rancher/k3s/config.yaml", "server: \"https://127.0.0.1:1\"\n");
        host.write("/etc/rancher/k3s/token", "K10" + "0".repeat(64) + "::node:x\n");
        assertThat(read("worker", "own-endpoint").getError())
                .isEqualTo("https://127.0.0.1:1: connection refused");
    }
}
