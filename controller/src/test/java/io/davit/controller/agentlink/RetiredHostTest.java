package io.davit.controller.agentlink;

import static org.assertj.core.api.Assertions.assertThat;

import io.davit.common.HostId;
import io.davit.controller.plan.AgentWork;
import io.davit.controller.plan.AgentWork.Desired;
import io.davit.controller.plan.AgentWork.Disposal;
import io.davit.controller.plan.AgentWork.RemoveRole;
import io.davit.controller.plan.Catalog;
import io.davit.controller.plan.CertificateProfile;
import io.davit.controller.plan.Content;
import io.davit.controller.plan.Ref;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class RetiredHostTest {

    private static final HostId HOST = new HostId("0123456789abcdef0123456789abcdef");
    private static final Ref.Known ITS_ID = new Ref.Known(HOST.value());

    /** One of each kind that is no wipe. */
    private static final List<AgentWork> OTHERS =
            List.of(
                    new AgentWork.EnsureArtifact("k3s", "v1", "amd64", "00", 1, "k3s"),
                    new AgentWork.EnsurePackage("haproxy", ""),
                    new AgentWork.EnsureCertificate(
                            "etcd.server",
                            new CertificateProfile(
                                    "etcd",
                                    new Ref.Known("00"),
                                    "e1",
                                    List.of(),
                                    List.of(),
                                    List.of("serverAuth"),
                                    Duration.ofDays(1))),
                    new AgentWork.WriteFile("worker.config", Content.text(""), false, ""),
                    new AgentWork.EnsureService(
                            "k3s-agent", Desired.STOPPED, Map.of(), List.of(), false),
                    new AgentWork.RunAction("node-cordon", Map.of()),
                    new AgentWork.PrepareRole(List.of()),
                    new AgentWork.StoreBlob("snapshot", "wanted"),
                    new AgentWork.EnsureHeldPackage(
                            "haproxy",
                            "2.6",
                            new Catalog.ArtifactFile(
                                    "os-packages", "debian-12", "amd64", "f", "beef", 1)),
                    new AgentWork.AwaitHealthy(List.of(), Duration.ZERO));

    private static Command command(AgentWork work) {
        return new Command("step", 1, "worker", "", Duration.ofSeconds(1), work, Optional.empty());
    }

    private static final Command WIPE = command(new RemoveRole(ITS_ID, Disposal.DESTROY, false));

    @Test
    void itMayBeToldToEndARoleOfItsOwn() {
        assertThat(RetiredHost.refuses(HOST, List.of(WIPE))).isEmpty();
    }

    @Test
    void everythingElseThatThereIsIsRefused() {
        assertThat(OTHERS)
                .extracting(it -> (Object) it.getClass())
                .as("every kind of work but RemoveRole")
                .containsExactlyInAnyOrderElementsOf(
                        Arrays.stream(AgentWork.class.getPermittedSubclasses())
                                .filter(it -> it != RemoveRole.class)
                                .map(it -> (Object) it)
                                .toList());
        for (AgentWork work : OTHERS) {
            assertThat(RetiredHost.refuses(HOST, List.of(command(work))).orElse(""))
                    .contains("is retired", work.kind());
            assertThat(RetiredHost.refuses(HOST, List.of(WIPE, command(work))))
                    .as("not behind a wipe either")
                    .isPresent();
        }
    }

    @Test
    void aWipeThatIsMeantForAnotherIsRefused() {
        var other = new Ref.Known("f".repeat(32));
        assertThat(
                        RetiredHost.refuses(
                                HOST,
                                List.of(command(new RemoveRole(other, Disposal.DESTROY, false)))))
                .isPresent();
        assertThat(
                        RetiredHost.refuses(
                                HOST,
                                List.of(command(new RemoveRole(ITS_ID, Disposal.DESTROY, true)))))
                .isPresent();
    }
}
