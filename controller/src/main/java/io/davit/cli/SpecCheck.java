package io.davit.cli;

import io.davit.cli.view.PlanText;
import io.davit.common.K3sKeys;
import io.davit.controller.report.PlanMessages;
import io.davit.controller.spec.OfflineVersions;
import io.davit.controller.spec.SpecReader;
import io.davit.proto.operator.v1.PlanResponse;

/**
 * Reads a spec as the controller would, without one. A class of its own: picocli looks at every
 * method of a command, and would load all this for each start of any command.
 */
final class SpecCheck {

    private SpecCheck() {}

    static int run(String file, Output out) {
        String shown = SpecFile.shown(file);
        var versions = new OfflineVersions();
        var read = new SpecReader(K3sKeys.standard()).read(SpecFile.read(file), versions);
        // the same JSON as that of davit plan, which reports the same problems
        var answer = PlanResponse.newBuilder();
        read.problems()
                .forEach(problem -> answer.addProblems(PlanMessages.problem(shown, problem)));
        out.show(
                answer.build(),
                () -> {
                    if (answer.getProblemsCount() > 0) {
                        out.line(PlanText.problems(answer.getProblemsList()).stripTrailing());
                        return;
                    }
                    out.line(shown + " is a spec");
                    versions.notChecked().forEach(what -> out.line("not checked: " + what));
                    out.line("next: davit plan -f " + file);
                });
        return answer.getProblemsCount() > 0 ? ExitCode.FAILED : ExitCode.OK;
    }
}
