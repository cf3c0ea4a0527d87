package io.davit.cli.view;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.Timestamp;
import io.davit.proto.operator.v1.AgentPackage;
import io.davit.proto.operator.v1.AgentsUpgrade;
import io.davit.proto.operator.v1.Blocker;
import io.davit.proto.operator.v1.HostAgent;
import io.davit.proto.operator.v1.ListAgentsResponse;
import io.davit.proto.operator.v1.UpgradedHost;
import org.junit.jupiter.api.Test;

class AgentsTextTest {

    private static final AgentsUpgrade FAILED =
            AgentsUpgrade.newBuilder()
                    .setId("u-1")
                    .setVersion("0.2.0")
                    .setState("failed")
                    .setStartedAt(Timestamp.newBuilder().setSeconds(100))
                    .setEndedAt(Timestamp.newBuilder().setSeconds(190))
                    .addHosts(
                            UpgradedHost.newBuilder()
                                    .setName("free")
                                    .setBatch(1)
                                    .setFromVersion("0.1.0")
                                    .setState("returned")
                                    .setDetail("it was not confirmed within 60 s")
                                    .addLogLines("its last words"))
                    .addHosts(
                            UpgradedHost.newBuilder()
                                    .setName("small/w1")
                                    .setBatch(2)
                                    .setFromVersion("0.1.0")
                                    .setState("waiting"))
                    .addCauses(
                            Blocker.newBuilder()
                                    .setHost("free")
                                    .setCause("it was not confirmed within 60 s")
                                    .setRemedy("look at its log"))
                    .build();

    @Test
    void whatEachHostRunsAndWhatThereIsIsOnOneScreen() {
        assertThat(
                        AgentsText.of(
                                ListAgentsResponse.newBuilder()
                                        .setControllerVersion("0.2.0")
                                        .addAgents(
                                                HostAgent.newBuilder()
                                                        .setHostname("e1")
                                                        .setCluster("small")
                                                        .setNameInCluster("e1")
                                                        .setVersion("0.1.0")
                                                        .setBuild("0.1.0-0123456789ab")
                                                        .setStanding("outdated")
                                                        .setRemedy("davit agents upgrade"))
                                        .addAgents(
                                                HostAgent.newBuilder()
                                                        .setHostname("free")
                                                        .setStanding("away"))
                                        .addPackages(
                                                AgentPackage.newBuilder()
                                                        .setBuild("0.2.0-ba9876543210")
                                                        .setArch("amd64")
                                                        .setOwn(true))
                                        .setOutdated(1)
                                        .build()))
                .isEqualTo(
                        """
                        HOST      VERSION  BUILD         STANDING
                        small/e1  0.1.0    0123456789ab  outdated  davit agents upgrade
                        free      -        -             away
                        controller 0.2.0
                        has agent 0.2.0-ba9876543210 for amd64
                        1 agent is outdated: davit agents upgrade
                        """);
    }

    @Test
    void theEndOfAFailedUpgradeTellsTheCauseAndTheLastWords() {
        assertThat(AgentsText.ending(FAILED))
                .startsWith("Failed after 90s: 0 of 2 agents run 0.2.0\n")
                .contains("it was not confirmed within 60 s")
                .contains("look at its log")
                .endsWith("    free | its last words\n");
    }

    @Test
    void thePictureBeforeItBeginsHasALineForEachBatch() {
        assertThat(AgentsText.would(FAILED))
                .isEqualTo(
                        """
                        2 agents would be upgraded to 0.2.0, in this order:
                          1. free (0.1.0)
                          2. small/w1 (0.1.0)
                        """);
    }
}
