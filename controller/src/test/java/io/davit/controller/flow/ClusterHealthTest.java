package io.davit.controller.flow;

import static org.assertj.core.api.Assertions.assertThat;

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
import io.davit.controller.observe.ObservedHost;
import io.davit.controller.plan.Bindings;
import io.davit.controller.plan.ClusterRecord;
import io.davit.controller.plan.ProbeCall;
import io.davit.controller.report.StatusMessages;
import io.davit.proto.operator.v1.ClusterStatus;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** What operators are told of nodes that wait for a network. */
class ClusterHealthTest {

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
                    "etcd", Set.of("health"),
                    "load-balancer", Set.of("haproxy-serving", "keepalived-serving"),
                    "control-plane", Set.of("readyz", "node-ready"));

    private final Set<String> unwell = new HashSet<>();

    /** Node name → message of its condition; a node that is not here is Ready. */
    private final Map<String, String> notReady = new HashMap<>();

    private boolean apiReady = true;

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
        var health = new ClusterHealth(new Answering()).read(cluster);
        return StatusMessages.cluster(
                cluster, Map.of(), health, "https://198.18.0.14:6443", Optional.empty());
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
        assertThat(StatusText.of(List.of(status)))
                .contains("small  WaitingForCNI  generation 1")
                .contains("worker         WaitingForCNI container runtime network not ready")
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
        assertThat(StatusText.of(List.of(status))).contains("NOT OK node w2 is not ready: PLEG");
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
        assertThat(StatusText.of(List.of(status(Specs.HA))))
                .containsPattern("load-balancer +NOT OK haproxy-serving is not ok");
        unwell.clear();
        unwell.add("keepalived-serving");
        assertThat(StatusText.of(List.of(status(Specs.HA))))
                .containsPattern("load-balancer +NOT OK keepalived-serving is not ok");
        assertThat(status(ONE_HOST_BALANCED).getHealth())
                .as("without a virtual IP nobody needs keepalived")
                .isEqualTo("healthy");
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
