package io.davit.cli;

import io.davit.cli.view.PlanText;
import io.davit.proto.operator.v1.Plan;
import io.davit.proto.operator.v1.Removal;
import java.io.Console;
import java.util.List;
import java.util.Optional;

/** Asks a person before hosts go. */
final class Asked {

    private Asked() {}

    /**
     * The ids of the hosts whose removal is approved; none when it is not.
     *
     * @param approved it was said on the command line
     * @param word what a person types to approve
     * @param option that says so on the command line
     */
    static List<String> removals(
            Output out, Plan plan, boolean approved, String word, String option) {
        List<String> ids = plan.getRemovalsList().stream().map(Removal::getHostId).toList();
        if (approved) {
            return ids;
        }
        Optional<Console> person =
                out.json()
                        ? Optional.empty()
                        : Optional.ofNullable(System.console()).filter(Console::isTerminal);
        if (person.isEmpty()) {
            throw new CliException(
                    ExitCode.FAILED,
                    "cannot go on: nobody has approved what goes\n"
                            + PlanText.removals(plan).stripTrailing(),
                    "look at it with davit plan, then say " + option);
        }
        out.line(PlanText.removals(plan).stripTrailing());
        String answer = person.get().readLine("Type %s to go on: ", word);
        if (word.equals(answer)) {
            return ids;
        }
        out.line("Not approved; nothing was touched.");
        return List.of();
    }
}
