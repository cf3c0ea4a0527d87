package io.davit.cli.view;

import com.google.protobuf.Timestamp;
import io.davit.proto.operator.v1.Finding;
import io.davit.proto.operator.v1.WhyResponse;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Findings for people: where, what, the error, the last log lines, the cause, the remedy. */
public final class WhyText {

    private static final int MOST_LOG_LINES = 8;

    private WhyText() {}

    public static String of(WhyResponse answer) {
        var text = new StringBuilder(answer.getSummary()).append('\n');
        if (answer.getFindingsCount() == 0) {
            text.append("nothing waits, and nothing is wrong\n");
        }
        answer.getFindingsList().forEach(it -> one(it, answer.getNow(), text));
        return text.toString();
    }

    private static void one(Finding finding, Timestamp now, StringBuilder text) {
        String place =
                Stream.of(finding.getHost(), finding.getRole())
                        .filter(part -> !part.isEmpty())
                        .collect(Collectors.joining(" "));
        text.append('\n').append(place.isEmpty() ? "cluster" : place);
        if (!finding.getWhat().isEmpty()) {
            text.append(": ").append(finding.getWhat());
        }
        if (finding.hasSince()) {
            text.append(", since ").append(Lengths.between(finding.getSince(), now));
        }
        if (finding.hasDeadline()) {
            text.append(", gives up in ").append(Lengths.between(now, finding.getDeadline()));
        }
        text.append('\n');
        if (!finding.getError().isEmpty()) {
            text.append("  ").append(finding.getError()).append('\n');
        }
        List<String> log = finding.getLogLinesList();
        log.subList(Math.max(0, log.size() - MOST_LOG_LINES), log.size())
                .forEach(line -> text.append("  | ").append(line).append('\n'));
        if (!finding.getCause().isEmpty()) {
            text.append("  cause: ").append(finding.getCause()).append('\n');
        }
        if (!finding.getRemedy().isEmpty()) {
            text.append("  → ").append(finding.getRemedy()).append('\n');
        }
    }
}
