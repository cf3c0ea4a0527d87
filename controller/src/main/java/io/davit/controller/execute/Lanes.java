package io.davit.controller.execute;

import io.davit.controller.plan.AgentWork.WriteFile;
import io.davit.controller.plan.Content;
import io.davit.controller.plan.Plan;
import io.davit.controller.plan.Step;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Divides a plan into what has one owner each. */
final class Lanes {

    /** Characters of content that one batch may carry; a message has at most 512 KiB. */
    private static final int BATCH_CONTENT = 128 * 1024;

    private static final int BATCH_STEPS = 64;

    private Lanes() {}

    /** Steps by host name, or by their own id where they belong to no host, in the plan's order. */
    static Map<String, List<Step>> of(Plan plan) {
        var lanes = new LinkedHashMap<String, List<Step>>();
        for (Step step : plan.steps()) {
            String lane = step.host().isEmpty() ? "/" + step.id() : step.host();
            lanes.computeIfAbsent(lane, _ -> new ArrayList<>()).add(step);
        }
        return lanes;
    }

    static boolean fits(Step step, List<Step> batch) {
        int size = size(step) + batch.stream().mapToInt(Lanes::size).sum();
        return size <= BATCH_CONTENT && batch.size() < BATCH_STEPS;
    }

    private static int size(Step step) {
        if (!(step.work() instanceof WriteFile write)) {
            return 512;
        }
        int size = 512;
        for (Content.Part part : write.content().parts()) {
            size +=
                    switch (part) {
                        case Content.Literal literal -> literal.text().length() * 2;
                        case Content.SecretRef _ -> 8 * 1024;
                    };
        }
        return size;
    }
}
