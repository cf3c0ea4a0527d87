package io.davit.controller.agentlink;

import static org.assertj.core.api.Assertions.assertThat;

import io.davit.controller.observe.RoleInventory.BackendState;
import io.davit.proto.agent.v1.LoadBalancerState;
import io.davit.proto.agent.v1.Observation;
import io.davit.proto.agent.v1.RoleInventory;
import java.util.Optional;
import org.junit.jupiter.api.Test;

final class FromWireTest {

    @Test
    void whatHaproxySaysOfItsServersArrives() {
        var observed =
                FromWire.observation(
                        Observation.newBuilder()
                                .addRoles(RoleInventory.newBuilder().setRole("etcd"))
                                .addRoles(
                                        RoleInventory.newBuilder()
                                                .setRole("load-balancer")
                                                .setLoadBalancer(
                                                        LoadBalancerState.newBuilder()
                                                                .setServing(true)
                                                                .addBackends(
                                                                        io.davit.proto.agent.v1
                                                                                .BackendState
                                                                                .newBuilder()
                                                                                .setName("s1")
                                                                                .setStatus("DRAIN")
                                                                                .setCheck(
                                                                                        "L7OK/200")
                                                                                .setSessions(3)
                                                                                .setDrained(true))))
                                .build());

        assertThat(observed.roles().values())
                .filteredOn(role -> role.loadBalancer().isPresent())
                .hasSize(1);
        var balancer =
                Optional.ofNullable(observed.roles().get("load-balancer"))
                        .orElseThrow()
                        .loadBalancer()
                        .orElseThrow();
        assertThat(balancer.serving()).isTrue();
        assertThat(balancer.backends().values())
                .containsExactly(new BackendState("s1", "DRAIN", "L7OK/200", 3, true));
    }
}
