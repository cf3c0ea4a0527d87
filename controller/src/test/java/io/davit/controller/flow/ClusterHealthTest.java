package io.davit.controller.flow;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.Timestamp;
import io.davit.cli.view.StatusText;
import io.davit.common.HostId;
import io.davit.controller.Specs;
import io.davit.controller.agentlink.Agents;
import io.davit.controller.agentlink.Batch;
import io.davit.controller.agentlink.BatchEnd;
import io.davit.controller.agentlink.BatchListener;
import io.davit.controller.agentlink.CheckResult;
import io.davit.controller.agentlink.Command;
import io.davit.controller.agentlink.ProbeReading;
import io.davit.controller.execute.ClusterStore.AcceptedCluster;
import io.davit.controller.explain.KnownCauses;
import io.davit.controller.health.HealthReports.Reported;
import io.davit.controller.health.HostHealth;
import io.davit.controller.health.WatchedProbe;
import io.davit.controller.health.WatchedProbe.Standing;
import io.davit.controller.observe.ObservedHost;
import io.davit.controller.plan.Bindings;
import io.davit.controller.plan.ClusterRecord;
import io.davit.controller.plan.Drift;
import io.davit.controller.plan.ProbeCall;
import io.davit.controller.report.ClusterPicture;
import io.davit.controller.report.StatusMessages;
import io.davit.controller.report.WhyMessages;
import io.davit.proto.operator.v1.ClusterStatus;
import io.davit.proto.operator.v1.StatusResponse;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/** What operators are told of nodes that wait for a network. */
class ClusterHealthTest {

    private static final Instant NOW = Instant.parse("2026-11-23T12:00:00Z");

    private static final String NO_CNI =
            "container runtime network not ready: NetworkReady=false"
                    + " reason:NetworkPluginNotReady message:Network plugin returns error: cni"
                    + " plugin not initialized";

    private static final String WITHOUT_CNI =
            Specs.SMALL
                    .replace("cni: flannel", "cni: none")
                    .replace("    flannelBackend: vxlan\n", "");

    private static final String ONE_HOST =
            WITHOUT_CNI.replaceAll("(?s)  hosts:.*", "")
                    + "  hosts: [{name: a, address: 198.18.0.11, roles: [etcd, control-plane,"
                    + " worker]}]\n";

    private static final String ONE_HOST_BALANCED =
            ONE_HOST.replace("[etcd, control-plane,", "[etcd, load-balancer, control-plane,");

    /** What the agents' profiles have, of what is asked here. */
    private static final Map<String, Set<String>> PROBES =
            Map.of(
                    "etcd", Set.of("health", "numbers"),
                    "load-balancer", Set.of("haproxy-serving", "backends", "virtual-ip"),
                    "control-plane", Set.of("readyz", "kubelet", "node-ready"),
                    "worker", Set.of("kubelet"));

    private final Set<String> unwell = new HashSet<>();

    /** Node name → message of its condition; a node that is not here is Ready. */
    private final Map<String, String> notReady = new HashMap<>();

    private boolean apiReady = true;

    private Optional<Drift> drift = Optional.empty();

    /** HostId's last digit → it has the virtual IP. */
    private final Set<String> holders = new HashSet<>(Set.of("1"));

    private final Map<HostId, ObservedHost> seen = new HashMap<>();
    private final Map<HostId, Reported> reports = new HashMap<>();

    private ClusterStatus status(String spec) throws InterruptedException {
        var valid = Specs.read(spec);
        var bindings = Bindings.none();
        int number = 0;
        for (var host : valid.cluster().hosts()) {
            bindings = bindings.with(host.name(), new HostId("%032x".formatted(++number)));
        }
        var cluster =
                new AcceptedCluster(
                        valid, bindings, ClusterRecord.fresh(valid.cluster().name(), 1));
        var read = new ClusterHealth(new Answering()).read(cluster);
        return StatusMessages.cluster(
                new ClusterPicture(
                        cluster,
                        seen,
                        reports,
                        read.roles(),
                        read.virtualIpHolders(),
                        "https://198.18.0.14:6443",
                        drift,
                        Optional.empty(),
                        NOW));
    }

    private static String text(ClusterStatus status) {
        return StatusText.of(
                StatusResponse.newBuilder()
                        .addClusters(status)
                        .setAskedAt(Timestamp.newBuilder().setSeconds(NOW.getEpochSecond()))
                        .build());
    }

    @Test
    void nodesThatLackOnlyACniWaitForIt() throws InterruptedException {
        for (String node : List.of("s1", "w1", "w2")) {
            notReady.put(node, NO_CNI);
        }
        var status = status(WITHOUT_CNI);
        assertThat(status.getHealth()).isEqualTo("WaitingForCNI");
        assertThat(status.getFaultTolerance())
                .isEqualTo("may lose 1 of 3 etcd, 0 of 1 control plane");
        assertThat(status.getHosts(5).getRoleStatus(0).getStanding()).isEqualTo("WaitingForCNI");
        assertThat(status.getHosts(5).getRoleStatus(0).getOk()).isFalse();
        assertThat(text(status))
                .contains("small  WaitingForCNI  generation 1")
                .containsPattern("worker +- +WaitingForCNI container runtime network not ready")
                .contains("→ davit kubeconfig small --merge --use")
                .contains("cilium install")
                .contains("198.19.0.0/17")
                .contains("→ davit status small says healthy");
    }

    @Test
    void oneHostWithAllRolesWaitsToo() throws InterruptedException {
        notReady.put("a", NO_CNI);
        assertThat(status(ONE_HOST).getHealth()).isEqualTo("WaitingForCNI");
        notReady.clear();
        var ready = status(ONE_HOST);
        assertThat(ready.getHealth()).isEqualTo("healthy");
        assertThat(ready.getNextStepsList()).isEmpty();
    }

    @Test
    void anotherCauseIsNoWaiting() throws InterruptedException {
        notReady.put("w1", NO_CNI);
        notReady.put("w2", "PLEG is not healthy");
        var status = status(WITHOUT_CNI);
        assertThat(status.getHealth()).isEqualTo("degraded");
        assertThat(status.getNextStepsList()).isEmpty();
        assertThat(text(status)).contains("NOT OK node w2 is not ready: PLEG");
    }

    @Test
    void withoutItsApiAClusterIsDown() throws InterruptedException {
        notReady.put("w1", NO_CNI);
        apiReady = false;
        assertThat(status(WITHOUT_CNI).getHealth()).isEqualTo("down");
    }

    @Test
    void whereK3sBringsTheNetworkNobodyHasToInstallOne() throws InterruptedException {
        notReady.put("w1", NO_CNI);
        var status = status(Specs.SMALL);
        assertThat(status.getHealth()).isEqualTo("degraded");
        assertThat(status.getNextStepsList()).isEmpty();
    }

    @Test
    void aLoadBalancerIsAskedByTheProbesThatItHas() throws InterruptedException {
        assertThat(status(Specs.HA).getHealth()).isEqualTo("healthy");
        unwell.add("haproxy-serving");
        assertThat(text(status(Specs.HA)))
                .containsPattern(
                        "load-balancer +- +NOT OK haproxy-serving: haproxy-serving is not ok");
        unwell.clear();
        unwell.add("virtual-ip");
        assertThat(text(status(Specs.HA)))
                .containsPattern("load-balancer +- +NOT OK virtual-ip: virtual-ip is not ok");
        unwell.clear();
        assertThat(status(ONE_HOST_BALANCED).getHealth())
                .as("without a virtual IP nobody needs keepalived")
                .isEqualTo("healthy");
    }

    @Test
    void theVirtualIpBelongsOnOneHost() throws InterruptedException {
        assertThat(text(status(Specs.HA))).containsPattern("endpoint .*, virtual IP on e1\n");
        holders.clear();
        var nobody = status(Specs.HA);
        assertThat(nobody.getHealth()).isEqualTo("degraded");
        assertThat(nobody.getProblemsList())
                .singleElement()
                .asString()
                .startsWith("no host has the virtual IP ");
        holders.addAll(Set.of("1", "2"));
        assertThat(text(status(Specs.HA)))
                .contains(" is on 2 hosts: e1, e2")
                .contains("→ davit why ");
    }

    @Test
    void aHostThatIsNotAsAppliedIsAProblemOfItsCluster() throws InterruptedException {
        drift =
                Optional.of(
                        new Drift(
                                new TreeMap<>(
                                        Map.of(
                                                "e1",
                                                List.of(),
                                                "w1",
                                                List.of(
                                                        "write-file a: b",
                                                        "ensure-service c: d")))));
        var status = status(Specs.SMALL);
        assertThat(status.getHealth()).isEqualTo("degraded");
        assertThat(status.getProblemsList())
                .containsExactly("the state of w1 is not as applied: write-file a: b, and 1 more");
        var finding =
                new WhyMessages(KnownCauses.compiledIn()).problem(status.getProblems(0), status);
        assertThat(finding.getHost()).isEqualTo("w1");
        assertThat(finding.getRemedy()).contains("davit plan -f FILE");
    }

    @Test
    void aRoleStandsSoSinceItsOwnWatchSawIt() throws InterruptedException {
        watched(probe("health", Standing.OK, 300, "connection refused", 320));
        var well = status(Specs.SMALL).getHosts(0).getRoleStatus(0);
        assertThat(well.getSince().getSeconds()).isEqualTo(NOW.getEpochSecond() - 310);
        assertThat(text(status(Specs.SMALL)))
                .containsPattern(
                        "e1 .* 10s ago +etcd +5m +ok \\(5m ago health: connection refused");

        unwell.add("health");
        assertThat(status(Specs.SMALL).getHosts(0).getRoleStatus(0).hasSince())
                .as("what is asked now and what was watched differ")
                .isFalse();
        watched(probe("health", Standing.FAILED, 60, "connection refused", 1));
        assertThat(text(status(Specs.SMALL)))
                .containsPattern("etcd +70s +NOT OK health: health is not ok");
    }

    @Test
    void whatIsWrongBesideTheRolesDegrades() throws InterruptedException {
        watched(
                List.of(new HostHealth.FileSystem("/var/lib/etcd", 1 << 30, 50 << 20)),
                NOW.plus(Duration.ofDays(3)));
        var status = status(Specs.SMALL);
        assertThat(status.getHealth()).isEqualTo("degraded");
        assertThat(status.getProblemsList())
                .containsExactly(
                        "/var/lib/etcd of e1 has 50 MiB left of 1024",
                        "certificate etcd.peer of e1 ends in 3 days");
        assertThat(text(status))
                .contains(
                        "oldest report 10s (e1); first certificate to end: etcd.peer of e1, in 3d");
    }

    /** Beside one that has been well for long. */
    private void watched(WatchedProbe probe) {
        var other = probe("numbers", Standing.OK, 9_000, "", 0);
        report(new HostHealth(Map.of("etcd", List.of(probe, other)), List.of(), 0, 0, List.of()));
    }

    private void watched(List<HostHealth.FileSystem> disks, Instant notAfter) {
        report(
                new HostHealth(
                        Map.of(),
                        disks,
                        0,
                        0,
                        List.of(new HostHealth.CertificateLife("etcd", "etcd.peer", notAfter))));
    }

    private void report(HostHealth health) {
        var e1 = new HostId("%032x".formatted(1));
        reports.put(e1, new Reported(health, Duration.ofSeconds(10)));
        seen.put(
                e1,
                new ObservedHost(
                        e1,
                        "198.18.0.11",
                        true,
                        Optional.empty(),
                        Duration.ZERO,
                        Duration.ZERO,
                        new ObservedHost.Standing(true, "small", Set.of(), "", "")));
    }

    private static WatchedProbe probe(
            String name, Standing standing, int since, String error, int errorAge) {
        return new WatchedProbe(
                name,
                standing,
                Duration.ofSeconds(since),
                0,
                error,
                Duration.ofSeconds(errorAge),
                Map.of());
    }

    /** Hosts that answer probes as the agents do, and do nothing else. */
    private final class Answering implements Agents {

        @Override
        public ProbeReading probe(HostId host, String role, ProbeCall call, Duration deadline) {
            if (!PROBES.getOrDefault(role, Set.of()).contains(call.probe())) {
                return reading(
                        role,
                        call,
                        false,
                        "role " + role + " has no probe \"" + call.probe() + "\"",
                        Map.of());
            }
            if (unwell.contains(call.probe())) {
                return reading(role, call, false, call.probe() + " is not ok", Map.of());
            }
            if (call.probe().equals("readyz")) {
                return reading(role, call, apiReady, "GET /readyz answered 503", Map.of());
            }
            if (call.probe().equals("virtual-ip")) {
                boolean held = holders.contains(host.value().substring(31));
                return reading(role, call, true, "", Map.of("held", String.valueOf(held)));
            }
            if (!call.probe().equals("node-ready")) {
                return reading(role, call, true, "", Map.of());
            }
            String name = call.args().getOrDefault("name", "");
            String message = notReady.get(name);
            return message == null
                    ? reading(role, call, true, "", Map.of("ready", "True"))
                    : reading(
                            role,
                            call,
                            false,
                            "node " + name + " is not ready: " + message,
                            Map.of(
                                    "ready",
                                    "False",
                                    "reason",
                                    "KubeletNotReady",
                                    "message",
                                    message));
        }

        private ProbeReading reading(
                String role,
                ProbeCall call,
                boolean ok,
                String error,
                Map<String, String> details) {
            return new ProbeReading(role, call.probe(), ok, error, details);
        }

        @Override
        public List<ObservedHost> hosts() {
            return List.of();
        }

        @Override
        public ObservedHost observe(HostId host, Duration deadline) {
            throw new UnsupportedOperationException();
        }

        @Override
        public List<CheckResult> check(HostId host, List<Command> commands, Duration deadline) {
            throw new UnsupportedOperationException();
        }

        @Override
        public BatchEnd execute(HostId host, Batch batch, BatchListener listener) {
            throw new UnsupportedOperationException();
        }

        @Override
        public void cancel(HostId host, String operationId) {}

        @Override
        public boolean awaitConnected(HostId host, Duration deadline) {
            return true;
        }
    }
}
