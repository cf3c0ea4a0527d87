package io.davit.controller.spec;

import io.davit.common.Names;
import io.davit.controller.spec.FieldReader.Found;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Pattern;

/** Reads labels and taints of nodes, by Kubernetes' grammar and without what stops a kubelet. */
final class NodeMarks {

    /** Kubernetes' grammar of label keys: an optional DNS prefix, a name of at most 63. */
    private static final Pattern LABEL_KEY =
            Pattern.compile(
                    "(?:([a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?)/)?([A-Za-z0-9](?:[A-Za-z0-9._-]{0,61}[A-Za-z0-9])?)");

    private static final Pattern LABEL_VALUE =
            Pattern.compile("([A-Za-z0-9]([A-Za-z0-9._-]{0,61}[A-Za-z0-9])?)?");

    private static final Pattern TAINT =
            Pattern.compile("([^=:]+)(?:=([^=:]*))?:(NoSchedule|PreferNoSchedule|NoExecute)");

    private final ProblemList problems;

    NodeMarks(ProblemList problems) {
        this.problems = problems;
    }

    Map<String, String> labels(Map<String, Found<String>> found) {
        var labels = new TreeMap<String, String>();
        found.forEach((key, value) -> {
            if (reserved(key)) {
                problems.add(
                        value.place(),
                        value.path(),
                        "reserved-label",
                        "the kubelet stops at label \"" + Names.printable(key) + "\"",
                        "set labels of kubernetes.io and k8s.io with kubectl");
            } else if (!LABEL_KEY.matcher(key).matches()
                    || !LABEL_VALUE.matcher(value.value()).matches()) {
                problems.add(
                        value.place(),
                        value.path(),
                        "label",
                        "\""
                                + Names.printable(key + "=" + value.value())
                                + "\" is no Kubernetes label",
                        "at most 63 of A-Z, a-z, 0-9, -, _ and . on each side");
            } else {
                labels.put(key, value.value());
            }
        });
        return labels;
    }

    /** Keys that stop a kubelet (k3s-io/k3s#1289). */
    private static boolean reserved(String key) {
        int slash = key.indexOf('/');
        if (slash < 0) {
            return false;
        }
        String domain = key.substring(0, slash);
        return domain.equals("kubernetes.io")
                || domain.endsWith(".kubernetes.io")
                || domain.equals("k8s.io")
                || domain.endsWith(".k8s.io");
    }

    List<String> taints(List<Found<String>> found) {
        var taints = new ArrayList<String>();
        for (Found<String> text : found) {
            var match = TAINT.matcher(text.value());
            boolean good =
                    match.matches()
                            && LABEL_KEY.matcher(match.group(1)).matches()
                            && (match.group(2) == null
                                    || LABEL_VALUE.matcher(match.group(2)).matches());
            if (!good || match.group(1).startsWith("node.kubernetes.io/")) {
                problems.add(
                        text.place(),
                        text.path(),
                        "taint",
                        "\"" + Names.printable(text.value()) + "\" is no taint that can be set",
                        "write KEY=VALUE:EFFECT with NoSchedule, PreferNoSchedule or NoExecute");
            } else if (!taints.contains(text.value())) {
                taints.add(text.value());
            }
        }
        return taints;
    }
}
