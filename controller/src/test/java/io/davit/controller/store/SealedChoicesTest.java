package io.davit.controller.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.davit.common.HostId;
import io.davit.controller.plan.AgentWork;
import io.davit.controller.plan.ClusterRecord;
import io.davit.controller.plan.Content;
import io.davit.controller.plan.ControllerWork;
import io.davit.controller.plan.Effect;
import io.davit.controller.plan.EtcdState;
import io.davit.controller.plan.FirstServer;
import io.davit.controller.plan.Reason;
import io.davit.controller.plan.Ref;
import io.davit.controller.plan.Step;
import io.davit.controller.plan.Work;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class SealedChoicesTest {

    private static final HostId HOST = new HostId("0123456789abcdef0123456789abcdef");

    private final Json json = new Json();

    private static Step step(Work work) {
        return new Step(
                "e1/etcd/x",
                "e1",
                Optional.of(HOST),
                "etcd",
                work,
                new Reason(Reason.Why.ABSENT, ""),
                List.of("a"),
                Effect.NONE,
                "",
                Duration.ofSeconds(90),
                List.of("content (known after apply)"),
                "");
    }

    @Test
    void aStepOfAnyKindComesBack() {
        for (Work work :
                List.<Work>of(
                        new AgentWork.WriteFile(
                                "control-plane.token",
                                Content.of(
                                        new Content.Literal("K10"),
                                        new Content.SecretRef("k3s/server-password", 1)),
                                true,
                                ""),
                        new AgentWork.EnsureService(
                                "etcd",
                                AgentWork.Desired.RUNNING,
                                Map.of("joined", "true"),
                                List.of(),
                                false),
                        new AgentWork.RemoveRole(
                                new Ref.Known(HOST.value()), AgentWork.Disposal.DESTROY, true),
                        new ControllerWork.MakeMaterial(),
                        new ControllerWork.MarkEtcdBegun(
                                "abcdefgh",
                                "token",
                                List.of(new EtcdState.Member("e1", HOST, "198.18.0.11"))))) {
            assertThat(json.read(json.write(step(work)), Step.class, "test")).isEqualTo(step(work));
        }
    }

    @Test
    void aClusterRecordComesBack() {
        var record =
                ClusterRecord.fresh("small", 3)
                        .withEtcd(
                                new EtcdState.Begun(
                                        "abcdefgh",
                                        "t",
                                        List.of(new EtcdState.Member("e1", HOST, "198.18.0.11"))))
                        .withFirstServer(new FirstServer.Chosen("s1", HOST))
                        .withJoined("worker", "w1", HOST);
        assertThat(json.read(json.write(record), ClusterRecord.class, "test")).isEqualTo(record);
    }

    @Test
    void nothingElseCanBeNamed() {
        String text =
                json.write(step(new ControllerWork.MakeMaterial()))
                        .replace("MakeMaterial", "java.lang.Runtime");
        assertThatThrownBy(() -> json.read(text, Step.class, "test"))
                .isInstanceOf(StoreException.class);
    }
}
