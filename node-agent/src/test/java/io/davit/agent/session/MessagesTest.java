package io.davit.agent.session;

import static org.assertj.core.api.Assertions.assertThat;

import io.davit.proto.agent.v1.CheckResult;
import io.davit.proto.agent.v1.HostFacts;
import io.davit.proto.agent.v1.Observation;
import io.davit.proto.agent.v1.RoleInventory;
import io.davit.proto.agent.v1.WouldChange;
import java.util.Collections;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

final class MessagesTest {

    private static final int LIMIT = 512 * 1024;

    @Test
    void aLongObservationIsCutBetweenRolesAndTheLastPartSaysSo() {
        var observation =
                Observation.newBuilder()
                        .setObservedAtMs(5)
                        .setFacts(HostFacts.newBuilder().setHostname("h1"));
        for (String role : new String[] {"host", "etcd", "control-plane", "worker"}) {
            observation.addRoles(
                    RoleInventory.newBuilder()
                            .setRole(role)
                            .addAllUnprepared(Collections.nCopies(2000, "x".repeat(100))));
        }
        var parts = Messages.observation(9, observation.build());

        assertThat(parts).hasSizeGreaterThan(1);
        assertThat(parts).allSatisfy(p -> assertThat(p.getSerializedSize()).isLessThan(LIMIT));
        assertThat(parts).extracting(p -> p.getObservation().getRequestId()).containsOnly(9L);
        assertThat(
                        parts.stream()
                                .flatMap(p ->
                                        p.getObservation().getObservation().getRolesList().stream())
                                .map(RoleInventory::getRole))
                .containsExactly("host", "etcd", "control-plane", "worker");
        assertThat(parts.stream().filter(p -> p.getObservation().getDone()))
                .containsExactly(parts.getLast());
        assertThat(parts.getFirst().getObservation().getObservation().getFacts().getHostname())
                .isEqualTo("h1");
    }

    @Test
    void anEmptyObservationIsOneReport() {
        assertThat(Messages.observation(1, Observation.getDefaultInstance()))
                .singleElement()
                .satisfies(p -> assertThat(p.getObservation().getDone()).isTrue());
    }

    @Test
    void diffsThatDoNotFitAreLeftOutAndTheRestStays() {
        var results =
                IntStream.range(0, 10)
                        .mapToObj(i ->
                                CheckResult.newBuilder()
                                        .setStepId("step" + i)
                                        .setWouldChange(
                                                WouldChange.newBuilder()
                                                        .setChange("write")
                                                        .setDiff("é".repeat(60_000)))
                                        .build())
                        .toList();
        var message = Messages.check(3, results);

        assertThat(message.getSerializedSize()).isLessThan(LIMIT);
        assertThat(message.getCheck().getResultsList())
                .extracting(CheckResult::getStepId)
                .containsExactlyElementsOf(results.stream().map(CheckResult::getStepId).toList());
        assertThat(message.getCheck().getResults(0).getWouldChange().getDiff()).startsWith("é");
        assertThat(message.getCheck().getResults(9).getWouldChange().getDiff())
                .contains("too long");
    }
}
