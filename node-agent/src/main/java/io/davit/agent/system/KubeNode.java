package io.davit.agent.system;

import io.davit.common.NodeMarks;
import io.davit.common.NodeMarks.Taint;
import tools.jackson.databind.JsonNode;

/** What a Node object says about Davit. */
public final class KubeNode {

    /** Annotation: the cluster that Davit cordoned the node for. */
    public static final String CORDONED_BY = "davit.io/cordoned-by";

    private KubeNode() {}

    /** The cluster that Davit cordoned it for; empty where it was not Davit. */
    public static String cordonedBy(JsonNode node) {
        return annotation(node, CORDONED_BY);
    }

    /** The marks that are Davit's, whether or not the node still has them. */
    public static NodeMarks owned(JsonNode node) {
        String text = annotation(node, NodeMarks.ANNOTATION);
        try {
            return text.isEmpty() ? NodeMarks.NONE : NodeMarks.parse(text);
        } catch (IllegalArgumentException e) {
            // somebody wrote there: nothing that it names is taken for Davit's
            return NodeMarks.NONE;
        }
    }

    /** Whether the node has these marks, and says that they are Davit's. */
    public static boolean keeps(JsonNode node, NodeMarks marks) {
        JsonNode labels = node.path("metadata").path("labels");
        return owned(node).equals(marks)
                && marks.labels().entrySet().stream()
                        .allMatch(l -> l.getValue().equals(labels.path(l.getKey()).asString(null)))
                && marks.parts().stream().allMatch(taint -> has(node, taint));
    }

    private static boolean has(JsonNode node, Taint taint) {
        for (JsonNode it : node.path("spec").path("taints")) {
            if (taint.equals(taint(it))) {
                return true;
            }
        }
        return false;
    }

    /** One of {@code spec.taints}. */
    public static Taint taint(JsonNode it) {
        return new Taint(
                it.path("key").asString(""),
                it.path("value").asString(""),
                it.path("effect").asString(""));
    }

    private static String annotation(JsonNode node, String key) {
        return node.path("metadata").path("annotations").path(key).asString("");
    }
}
