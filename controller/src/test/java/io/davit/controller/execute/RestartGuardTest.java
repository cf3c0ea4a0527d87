package io.davit.controller.execute;

import static org.assertj.core.api.Assertions.assertThat;

import io.davit.common.HostId;
import io.davit.controller.Specs;
import io.davit.controller.agentlink.HostAwayException;
import io.davit.controller.agentlink.ProbeReading;
import io.davit.controller.agentlink.StepOutcome;
import io.davit.controller.execute.ClusterStore.AcceptedCluster;
import io.davit.controller.plan.AgentWork.Desired;
import io.davit.controller.plan.AgentWork.EnsureService;
import io.davit.controller.plan.Bindings;
import io.davit.controller.plan.ClusterRecord;
import io.davit.controller.plan.Deadlines;
import io.davit.controller.plan.Effect;
import io.davit.controller.plan.ProbeCall;
import io.davit.controller.plan.Reason;
import io.davit.controller.plan.Step;
import io.davit.controller.spec.ClusterSpec.HostSpec;
import io.davit.controller.spec.ValidSpec;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class RestartGuardTest {

    private static final ValidSpec SPEC = Specs.of(3, 3, 0, false);

    /** What hosts answer, by spec name; one that is missing is away. */
    private final Map<String, ProbeReading> answers = new HashMap<>();

    @Test
    void aMemberMayBeRestartedWhileTheOthersServe() throws InterruptedException {
        List.of("e1", "e2", "e3").forEach(name -> answers.put(name, member(name, true)));

        assertThat(forbids("e1", "etcd", false)).isEmpty();
    }

    @Test
    void aMemberWhoseOwnProbeFailsServesNothingAndMayAlwaysBeRestarted()
            throws InterruptedException {
        answers.put("e1", refusing("etcd"));
        answers.put("e2", refusing("etcd"));

        assertThat(forbids("e1", "etcd", false)).isEmpty();
    }

    @Test
    void aHostThatAnswersForAnotherMemberIsNotTakenForThatMember() throws InterruptedException {
        answers.put("e1", member("e2", false));
        answers.put("e3", member("e3", true));

        assertThat(forbids("e1", "etcd", true))
                .contains(
                        new StepOutcome.Blocked(
                                "quorum guard: 1 of 3 voters would serve, 2 are needed",
                                "bring the other etcd members back first"));
    }

    @Test
    void aMemberWhoseAgentSaysNothingIsAskedAgain() throws InterruptedException {
        answers.put("e2", member("e2", true));
        answers.put("e3", member("e3", true));

        assertThat(forbids("e1", "etcd", true)).containsInstanceOf(StepOutcome.Retry.class);
    }

    @Test
    void aServerThatServesNothingMayAlwaysBeRestarted() throws InterruptedException {
        answers.put("s1", refusing("control-plane"));

        assertThat(forbids("s1", "control-plane", false)).isEmpty();
    }

    @Test
    void theLastReadyServerOfThreeIsRestartedOnlyWithConsent() throws InterruptedException {
        answers.put("s1", ready());
        answers.put("s2", refusing("control-plane"));

        assertThat(forbids("s1", "control-plane", false))
                .hasValueSatisfying(outcome ->
                        assertThat(((StepOutcome.Blocked) outcome).remedy())
                                .contains("--allow-downtime"));
        assertThat(forbids("s1", "control-plane", true)).isEmpty();
        answers.put("s3", ready());
        assertThat(forbids("s1", "control-plane", false)).isEmpty();
    }

    private Optional<StepOutcome> forbids(String host, String role, boolean allowDowntime)
            throws InterruptedException {
        String unit = role.equals("etcd") ? "etcd" : "k3s";
        var step =
                new Step(
                        host + "/" + role + "/service." + unit,
                        host,
                        Optional.of(id(host)),
                        role,
                        new EnsureService(
                                unit, Desired.RUNNING, Map.of(), List.of("x"), allowDowntime),
                        new Reason(Reason.Why.INPUTS_CHANGED, "x"),
                        List.of(),
                        Effect.RESTART,
                        "",
                        Deadlines.SERVICE,
                        List.of(),
                        "");
        var bindings = Bindings.none();
        for (HostSpec spec : SPEC.cluster().hosts()) {
            bindings = bindings.with(spec.name(), id(spec.name()));
        }
        var cluster =
                new AcceptedCluster(SPEC, bindings, ClusterRecord.fresh(SPEC.cluster().name(), 1));
        return new RestartGuard(new Answering()).forbids(cluster, step);
    }

    private static HostId id(String name) {
        return new HostId(
                java.util.HexFormat.of()
                        .formatHex(name.getBytes(java.nio.charset.StandardCharsets.US_ASCII))
                        .repeat(8));
    }

    private static String memberId(String name) {
        return id(name).value().substring(0, 16);
    }

    /** The answer of a host whose endpoint is that of member {@code reached}. */
    private static ProbeReading member(String reached, boolean served) {
        var lines =
                List.of("e1", "e2", "e3").stream()
                        .map(m ->
                                memberId(m) + "=" + id(m).value() + "=https://" + m + ":2380=false")
                        .toList();
        return new ProbeReading(
                "etcd",
                "member",
                true,
                "",
                Map.of(
                        "member-id",
                        memberId(reached),
                        "learner",
                        "false",
                        "raft-index",
                        "100",
                        "served-read",
                        "" + served,
                        "members",
                        String.join(";", lines)));
    }

    private static ProbeReading refusing(String role) {
        return new ProbeReading(role, "any", false, "connection refused", Map.of());
    }

    private static ProbeReading ready() {
        return new ProbeReading("control-plane", "readyz", true, "", Map.of());
    }

    /** Hosts that answer probes as prepared, and do nothing else. */
    private final class Answering extends AwayAgents {

        @Override
        public ProbeReading probe(HostId host, String role, ProbeCall probe, Duration deadline)
                throws HostAwayException {
            for (var answer : answers.entrySet()) {
                if (id(answer.getKey()).equals(host)) {
                    return answer.getValue();
                }
            }
            throw new HostAwayException(host, "no session");
        }
    }
}
