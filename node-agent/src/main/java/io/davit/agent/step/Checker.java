package io.davit.agent.step;

import io.davit.agent.observe.OverlayHost;
import io.davit.agent.observe.ReadOnlyHost;
import io.davit.proto.agent.v1.CannotTell;
import io.davit.proto.agent.v1.CheckResult;
import io.davit.proto.agent.v1.Step;
import io.davit.proto.agent.v1.Unchanged;
import io.davit.proto.agent.v1.WouldChange;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/** Checks steps in order over an overlay of what the earlier ones would have done. */
final class Checker {

    private final StepRunner runner;

    Checker(StepRunner runner) {
        this.runner = runner;
    }

    List<CheckResult> check(List<Step> steps, ReadOnlyHost host) throws InterruptedException {
        var overlay = new OverlayHost(host);
        var results = new ArrayList<CheckResult>();
        for (Step step : steps) {
            results.add(check(step, overlay));
        }
        return results;
    }

    private CheckResult check(Step step, OverlayHost overlay) throws InterruptedException {
        var result = CheckResult.newBuilder().setStepId(step.getStepId());
        try {
            Finding finding = runner.kind(step).check(step, runner.profile(step), overlay);
            switch (finding) {
                case Finding.Same _ -> result.setUnchanged(Unchanged.getDefaultInstance());
                case Finding.Different different -> {
                    different.effects().forEach(overlay::add);
                    result.setWouldChange(
                            WouldChange.newBuilder()
                                    .setChange(different.change())
                                    .setDiff(different.diff())
                                    .addAllDeferred(different.deferred())
                                    .setRestarts(different.restarts()));
                }
                case Finding.Unclear unclear ->
                        result.setCannotTell(CannotTell.newBuilder().setWhy(unclear.why()));
            }
        } catch (StepEnded e) {
            result.setCannotTell(
                    CannotTell.newBuilder()
                            .setWhy(String.valueOf(e.getMessage()))
                            .setRemedy(e.outcome().getBlocked().getRemedy()));
        } catch (IOException | RuntimeException e) {
            result.setCannotTell(CannotTell.newBuilder().setWhy(String.valueOf(e.getMessage())));
        }
        return result.build();
    }
}
