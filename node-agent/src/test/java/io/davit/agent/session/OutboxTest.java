package io.davit.agent.session;

import static org.assertj.core.api.Assertions.assertThat;

import io.davit.proto.agent.v1.AgentMessage;
import io.davit.proto.agent.v1.Heartbeat;
import io.davit.proto.agent.v1.ProbeReport;
import io.davit.proto.agent.v1.StepProgress;
import io.davit.proto.agent.v1.StepResult;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

final class OutboxTest {

    private final List<StepResult> journal = new ArrayList<>();
    private final Outbox outbox = new Outbox(() -> List.copyOf(journal));

    @Test
    void heartbeatsGoFirstThenAnswersThenResultsThenProgress() {
        outbox.progress(progress("b", "working"));
        outbox.result(result("a"));
        outbox.answer(answer());
        outbox.heartbeat(Heartbeat.newBuilder().setSequence(1).build());
        outbox.heartbeat(Heartbeat.newBuilder().setSequence(2).build());

        var sent = drain();
        assertThat(sent)
                .extracting(AgentMessage::getKindCase)
                .containsExactly(
                        AgentMessage.KindCase.HEARTBEAT,
                        AgentMessage.KindCase.PROBE,
                        AgentMessage.KindCase.RESULT,
                        AgentMessage.KindCase.PROGRESS);
        assertThat(sent.getFirst().getHeartbeat().getSequence()).isEqualTo(2);
    }

    @Test
    void ofAStepOnlyTheNewestProgressIsSentAndNoneAfterItsResult() {
        outbox.progress(progress("a", "1 of 3"));
        outbox.progress(progress("a", "2 of 3"));
        outbox.progress(progress("b", "old news"));
        outbox.result(result("b"));

        assertThat(drain().stream().filter(AgentMessage::hasProgress))
                .singleElement()
                .satisfies(message ->
                        assertThat(message.getProgress().getDetail()).isEqualTo("2 of 3"));
    }

    @Test
    void progressIsBoundedByDroppingTheOldest() {
        for (int i = 0; i < 500; i++) {
            outbox.progress(progress("step" + i, ""));
        }
        var sent = drain();
        assertThat(sent).hasSize(32);
        assertThat(sent.getLast().getProgress().getStepId()).isEqualTo("step499");
    }

    @Test
    void moreResultsThanFitAreTakenFromTheJournalEachOnce() {
        for (int i = 0; i < 500; i++) {
            journal.add(result("step" + i));
            outbox.result(result("step" + i));
        }
        assertThat(drain())
                .extracting(message -> message.getResult().getStepId())
                .containsExactlyElementsOf(journal.stream().map(StepResult::getStepId).toList());
        assertThat(drain()).isEmpty();
    }

    @Test
    void whatIsInTheJournalAtTheStartIsSent() {
        journal.add(result("a"));
        assertThat(drain()).isEmpty();
        outbox.resendResults();
        assertThat(drain()).hasSize(1);
    }

    @Test
    void aResultThatIsReportedAgainIsSentAgain() {
        journal.add(result("a"));
        outbox.result(result("a"));
        drain();
        outbox.result(result("a"));
        assertThat(drain()).hasSize(1);
    }

    @Test
    void answersAreBounded() {
        int taken = 0;
        while (outbox.answer(answer())) {
            taken++;
        }
        assertThat(taken).isEqualTo(64);
    }

    private List<AgentMessage> drain() {
        var sent = new ArrayList<AgentMessage>();
        for (var next = outbox.next(); next.isPresent(); next = outbox.next()) {
            sent.add(next.get());
        }
        return sent;
    }

    private static AgentMessage answer() {
        return AgentMessage.newBuilder().setProbe(ProbeReport.getDefaultInstance()).build();
    }

    private static StepResult result(String step) {
        return StepResult.newBuilder().setOperationId("op").setStepId(step).setAttempt(1).build();
    }

    private static StepProgress progress(String step, String detail) {
        return StepProgress.newBuilder()
                .setOperationId("op")
                .setStepId(step)
                .setAttempt(1)
                .setDetail(detail)
                .build();
    }
}
