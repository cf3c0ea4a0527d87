package io.davit.cli;

import io.davit.cli.view.PlanText;
import io.davit.proto.operator.v1.Plan;
import io.davit.proto.operator.v1.Removal;
import java.io.Console;
import java.util.List;
import java.util.Optional;

/** Asks a person before hosts go, or change. */
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
        boolean going =
                approved(
                        out,
                        PlanText.removals(plan).stripTrailing(),
                        word,
                        "nobody has approved what goes",
                        "look at it with davit plan, then say " + option);
        return going ? ids : List.of();
    }

    /**
     * Shows what would happen, and asks the person at the terminal.
     *
     * @param word what a person types to approve
     * @param why it cannot go on when there is no person
     * @param remedy what to say on the command line instead
     */
    static boolean approved(Output out, String shown, String word, String why, String remedy) {
        Optional<Console> person =
                out.json()
                        ? Optional.empty()
                        : Optional.ofNullable(System.console()).filter(Console::isTerminal);
        if (person.isEmpty()) {
            throw new CliException(ExitCode.FAILED, "cannot go on: " + why + "\n" + shown, remedy);
        }
        out.line(shown);
        if (word.equals(person.get().readLine("Type %s to go on: ", word))) {
            return true;
        }
        out.line("Not approved; nothing was touched.");
        return false;
    }
}
