package io.davit.agent.health;

import static org.assertj.core.api.Assertions.assertThat;

import io.davit.agent.profile.Catalogue;
import io.davit.agent.system.FakeHost;
import io.davit.agent.system.Finished;
import io.davit.proto.agent.v1.ProbeCall;
import io.davit.proto.agent.v1.ProbeReading;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class ProbesTest {

    @TempDir Path directory;
    private FakeHost host;
    private Probes probes;

    @BeforeEach
    void open() throws IOException {
        host = new FakeHost(directory);
        probes = new Probes(Catalogue.compiledIn(), host.system());
    }

    private ProbeReading read(String role, String probe, Map<String, String> arguments)
            throws InterruptedException {
        return probes.read(
                role,
                ProbeCall.newBuilder().setProbe(probe).putAllArgs(arguments).build(),
                Duration.ofSeconds(5));
    }

    private void etcdctl(String command, String json) {
        host.processes()
                .when(
                        argv ->
                                argv.getFirst().equals("/usr/local/bin/etcdctl")
                                        && argv.contains(command),
                        argv -> new Finished(0, json, ""));
    }

    @Test
    void aMemberTellsItsIdsInHexAsEtcdctlPrintsThem() throws Exception {
        host.write("/etc/etcd/etcd.yaml", "advertise-client-urls: \"https://198.18.0.11:2379\"\n");
        etcdctl(
                "status",
                """
                [{"Endpoint":"https://198.18.0.11:2379","Status":{"header":{"cluster_id":1,
                "member_id":15602266747374959584,"revision":1,"raft_term":2},"version":"3.4.23",
                "dbSize":20480,"leader":15602266747374959584,"raftIndex":9,"raftTerm":2}}]
                """);
        etcdctl(
                "list",
                """
                {"members":[{"ID":15602266747374959584,"name":"a","peerURLs":["https://p:2380"],
                "clientURLs":["https://198.18.0.11:2379"]},
                {"ID":7,"peerURLs":["https://q:2380"],"isLearner":true}]}
                """);
        etcdctl("get", "{\"kvs\":[]}");

        ProbeReading reading = read("etcd", "member", Map.of());

        assertThat(reading.getError()).isEmpty();
        assertThat(reading.getDetailsMap())
                .containsEntry("member-id", "d88662f1402c7be0")
                .containsEntry("leader-id", "d88662f1402c7be0")
                .containsEntry("version", "3.4.23")
                .containsEntry("raft-index", "9")
                .containsEntry("learner", "false")
                .containsEntry("served-read", "true")
                .containsEntry(
                        "members",
                        "d88662f1402c7be0=a=https://p:2380=false;7==https://q:2380=true");
        assertThat(read("etcd", "bootstrap-key", Map.of()).getError())
                .isEqualTo("no key /bootstrap/… stands in etcd");
        etcdctl("get", "{\"kvs\":[{\"key\":\"L2Jvb3RzdHJhcC94\"}],\"count\":1}");
        assertThat(read("etcd", "bootstrap-key", Map.of()).getOk()).isTrue();
    }

    @Test
    void etcdctlsErrorIsTakenOutOfItsLogLine() throws Exception {
        host.write("/etc/etcd/etcd.yaml", "advertise-client-urls: \"https://198.18.0.11:2379\"\n");
        host.processes()
                .when(
                        argv -> argv.contains("get"),
                        argv ->
                                new Finished(
                                        1,
                                        "",
                                        "{\"level\":\"warn\",\"error\":\"deadline exceeded\"}\n"));
        assertThat(read("etcd", "bootstrap-key", Map.of()).getError())
                .isEqualTo("deadline exceeded");
    }

    @Test
    void aNodeIsRegisteredBeforeItIsReady() throws Exception {
        host.kubeApi()
                .answer(
                        "GET /api/v1/nodes/w1",
                        200,
                        """
                        {"metadata":{"uid":"u-1"},"status":{"nodeInfo":
                        {"kubeletVersion":"v1.34.1+k3s1"},"conditions":[
                        {"type":"MemoryPressure","status":"False"},
                        {"type":"Ready","status":"False","reason":"KubeletNotReady",
                        "message":"cni plugin not initialized"}]}}
                        """);
        var name = Map.of("name", "w1");

        ProbeReading registered = read("control-plane", "node-registered", name);
        ProbeReading ready = read("control-plane", "node-ready", name);

        assertThat(registered.getOk()).isTrue();
        assertThat(ready.getOk()).isFalse();
        assertThat(ready.getError()).isEqualTo("node w1 is not ready: cni plugin not initialized");
        assertThat(ready.getDetailsMap())
                .containsEntry("ready", "False")
                .containsEntry("reason", "KubeletNotReady")
                .containsEntry("kubelet-version", "v1.34.1+k3s1")
                .containsEntry("uid", "u-1");
    }

    @Test
    void aServerThatIsNotReadyNamesItsFailingChecks() throws Exception {
        host.kubeApi()
                .answer(
                        "GET /readyz?verbose",
                        500,
                        """
                        [+]ping ok
                        [-]etcd failed: reason withheld
                        [-]poststarthook/rbac/bootstrap-roles failed: not finished
                        readyz check failed
                        """);
        assertThat(read("control-plane", "readyz", Map.of()).getError())
                .isEqualTo(
                        "GET /readyz answered 500: etcd failed,"
                                + " poststarthook/rbac/bootstrap-roles failed: not finished");
        host.kubeApi().answer("GET /readyz?verbose", 401, "{\"message\":\"Unauthorized\"}");
        assertThat(read("control-plane", "readyz", Map.of()).getError())
                .isEqualTo("GET /readyz answered 401: Unauthorized");
        host.kubeApi().answer("GET /readyz?verbose", 503, "starting");
        assertThat(read("control-plane", "readyz", Map.of()).getError())
                .isEqualTo("GET /readyz answered 503: starting");
        host.kubeApi().answer("GET /readyz?verbose", 200, "[+]ping ok\nreadyz check passed\n");
        assertThat(read("control-plane", "readyz", Map.of()).getOk()).isTrue();
    }

    @Test
    void unknownProbesAndBadArgumentsAreReadingsToo() throws Exception {
        assertThat(read("etcd", "nothing", Map.of()).getError())
                .isEqualTo("role etcd has no probe \"nothing\"");
        assertThat(read("host", "reaches", Map.of("address", "198.18.0.12")).getError())
                .isEqualTo("arguments [address, port] are needed");
        assertThat(
                        read("control-plane", "node-ready", Map.of("name", "--kubeconfig=/x"))
                                .getError())
                .isEqualTo("argument name is \"--kubeconfig=/x\"");
        assertThat(host.processes().ran()).isEmpty();
    }

    @Test
    void aHostThatNothingIsHeardFromMayBeBehindAFirewall() throws Exception {
        host.network().cut("198.18.0.12");
        var there = Map.of("address", "198.18.0.12", "port", "2380");
        assertThat(read("host", "reaches", there).getError())
                .isEqualTo("connect timed out: firewall?");
        host.network().heal("198.18.0.12");
        assertThat(read("host", "reaches", there).getOk()).isTrue();
    }
}
