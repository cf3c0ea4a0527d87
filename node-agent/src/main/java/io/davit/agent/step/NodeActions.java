package io.davit.agent.step;

import io.davit.agent.profile.Action;
import io.davit.agent.system.KubeApi;
import io.davit.agent.system.KubeApi.Answer;
import io.davit.agent.system.KubeApi.Request;
import io.davit.agent.system.KubeNode;
import io.davit.agent.system.Printable;
import io.davit.common.NodeMarks;
import io.davit.common.NodeMarks.Taint;
import java.io.IOException;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * What is done to a Node object through the API of the server on this host. The node is named by
 * name and UID; where the UID is another one by now, nothing is done.
 *
 * <ul>
 *   <li>cordon: marked as Davit's; a node that somebody else has cordoned is left as it is.
 *   <li>uncordon: only where the mark is Davit's.
 *   <li>mark: labels and taints that Davit keeps; those it kept before and does so no more go,
 *       those of others stay.
 *   <li>drain: {@link NodeDrain}.
 *   <li>delete: first the secret with its password, then the object: a deletion that is cut off is
 *       planned again as long as the object is there.
 * </ul>
 */
final class NodeActions {

    static final JsonMapper JSON = JsonMapper.builder().build();

    private static final Duration ANSWER = Duration.ofSeconds(20);
    private static final int CONFLICTS = 5;

    private final Work work;
    private final KubeApi api;
    private final String name;
    private final String uid;

    NodeActions(Work work, Map<String, String> arguments) {
        this.work = work;
        this.api = work.system().kubeApi();
        this.name = arguments.getOrDefault("name", "");
        this.uid = arguments.getOrDefault("uid", "");
    }

    /** What was done, for people; empty if there was nothing to do. */
    Optional<String> run(Action.NodeTask action, Map<String, String> arguments)
            throws StepEnded, IOException, InterruptedException {
        String by = arguments.getOrDefault("by", "");
        return switch (action.task()) {
            case CORDON -> cordon(by);
            case UNCORDON -> uncordon(by);
            case DRAIN ->
                    node().isEmpty()
                            ? Optional.empty()
                            : new NodeDrain(work, this, name, arguments.containsValue("true"))
                                    .run();
            case DELETE -> delete();
            case MARK -> mark(marks(arguments.getOrDefault("marks", "")));
        };
    }

    private Optional<String> cordon(String by) throws StepEnded, IOException, InterruptedException {
        for (int i = 0; i < CONFLICTS; i++) {
            var node = node();
            if (node.isEmpty() || node.get().path("spec").path("unschedulable").asBoolean(false)) {
                return Optional.empty();
            }
            if (patch(node.get(), true, by)) {
                return Optional.of("cordoned " + name);
            }
        }
        throw changesTooOften();
    }

    private Optional<String> uncordon(String by)
            throws StepEnded, IOException, InterruptedException {
        for (int i = 0; i < CONFLICTS; i++) {
            var node = node();
            if (node.isEmpty() || !KubeNode.cordonedBy(node.get()).equals(by)) {
                return Optional.empty();
            }
            if (patch(node.get(), false, by)) {
                return Optional.of("uncordoned " + name);
            }
        }
        throw changesTooOften();
    }

    private StepEnded changesTooOften() {
        return StepEnded.retry(
                Duration.ofSeconds(5), "cannot mark node " + name + ": it changes meanwhile");
    }

    private static NodeMarks marks(String text) throws StepEnded {
        try {
            return NodeMarks.parse(text);
        } catch (IllegalArgumentException e) {
            throw StepEnded.failed("cannot mark a node: " + e.getMessage());
        }
    }

    private Optional<String> mark(NodeMarks wanted)
            throws StepEnded, IOException, InterruptedException {
        for (int i = 0; i < CONFLICTS; i++) {
            var node = node();
            if (node.isEmpty()) {
                throw StepEnded.retry(Duration.ofSeconds(5), "there is no node " + name + " yet");
            }
            if (KubeNode.keeps(node.get(), wanted)) {
                return Optional.empty();
            }
            if (patch(node.get(), patch -> mark(patch, node.get(), wanted))) {
                return Optional.of("set the labels and taints of " + name);
            }
        }
        throw changesTooOften();
    }

    private static void mark(ObjectNode patch, JsonNode node, NodeMarks wanted) {
        var owned = KubeNode.owned(node);
        var metadata = (ObjectNode) patch.path("metadata");
        ObjectNode labels = metadata.putObject("labels");
        JsonNode there = node.path("metadata").path("labels");
        owned.labels()
                .forEach((key, value) -> {
                    // somebody has given it another value: it is theirs now
                    if (value.equals(there.path(key).asString(null))) {
                        labels.putNull(key);
                    }
                });
        wanted.labels().forEach(labels::put);
        ObjectNode annotations = metadata.putObject("annotations");
        if (wanted.equals(NodeMarks.NONE)) {
            annotations.putNull(NodeMarks.ANNOTATION);
        } else {
            annotations.put(NodeMarks.ANNOTATION, wanted.text());
        }
        ArrayNode taints = patch.putObject("spec").putArray("taints");
        for (JsonNode it : node.path("spec").path("taints")) {
            Taint taint = KubeNode.taint(it);
            boolean replaced = wanted.parts().stream().anyMatch(w -> samePlace(w, taint));
            if (!owned.parts().contains(taint) && !replaced) {
                taints.add(it);
            }
        }
        for (Taint taint : wanted.parts()) {
            ObjectNode it = taints.addObject().put("key", taint.key());
            if (!taint.value().isEmpty()) {
                it.put("value", taint.value());
            }
            it.put("effect", taint.effect());
        }
    }

    /** A node has one taint of a key and an effect. */
    private static boolean samePlace(Taint one, Taint other) {
        return one.key().equals(other.key()) && one.effect().equals(other.effect());
    }

    /** False when the object has changed since it was read. */
    private boolean patch(JsonNode node, boolean unschedulable, String by)
            throws StepEnded, IOException, InterruptedException {
        return patch(
                node,
                patch -> {
                    var annotations =
                            ((ObjectNode) patch.path("metadata")).putObject("annotations");
                    ObjectNode spec = patch.putObject("spec");
                    if (unschedulable) {
                        annotations.put(KubeNode.CORDONED_BY, by);
                        spec.put("unschedulable", true);
                    } else {
                        annotations.putNull(KubeNode.CORDONED_BY);
                        spec.putNull("unschedulable");
                    }
                });
    }

    private boolean patch(JsonNode node, Consumer<ObjectNode> change)
            throws StepEnded, IOException, InterruptedException {
        ObjectNode patch = JSON.createObjectNode();
        String version = node.path("metadata").path("resourceVersion").asString("");
        patch.putObject("metadata").put("resourceVersion", version);
        change.accept(patch);
        Answer answer = send(new Request("PATCH", path(), KubeApi.MERGE_PATCH, patch.toString()));
        if (answer.status() == 409) {
            return false;
        }
        need(answer, "mark node " + name);
        return true;
    }

    private Optional<String> delete() throws StepEnded, IOException, InterruptedException {
        if (node().isEmpty()) {
            return Optional.empty();
        }
        Answer secret =
                send(
                        new Request(
                                "DELETE",
                                "/api/v1/namespaces/kube-system/secrets/"
                                        + name
                                        + ".node-password.k3s",
                                "",
                                ""));
        if (secret.status() != 404) {
            need(secret, "delete the password of node " + name);
        }
        ObjectNode options = JSON.createObjectNode();
        options.put("kind", "DeleteOptions").put("apiVersion", "v1");
        options.putObject("preconditions").put("uid", uid);
        Answer answer = send(new Request("DELETE", path(), KubeApi.JSON, options.toString()));
        if (answer.status() == 409) {
            throw another(message(answer));
        }
        if (answer.status() != 404) {
            need(answer, "delete node " + name);
        }
        return Optional.of("deleted node " + name + " (uid " + uid + ") and its password");
    }

    /**
     * The node as it is now; empty when there is none.
     *
     * @throws StepEnded if it is another one than the plan was made for
     */
    Optional<JsonNode> node() throws StepEnded, IOException, InterruptedException {
        Answer answer = send(Request.get(path()));
        if (answer.status() == 404) {
            return Optional.empty();
        }
        need(answer, "read node " + name);
        JsonNode node = json(answer);
        String there = node.path("metadata").path("uid").asString("");
        if (!uid.isEmpty() && !there.equals(uid)) {
            throw another("it has uid " + there + ", the plan was for " + uid);
        }
        return Optional.of(node);
    }

    private StepEnded another(String why) {
        return StepEnded.stale("node " + name + " is another one now: " + why);
    }

    private String path() {
        return "/api/v1/nodes/" + name;
    }

    Answer send(Request request) throws StepEnded, InterruptedException {
        try {
            return api.send(request, ANSWER);
        } catch (IOException e) {
            throw StepEnded.retry(
                    Duration.ofSeconds(5), "cannot ask the API server: " + e.getMessage());
        }
    }

    static void need(Answer answer, String what) throws StepEnded {
        if (!answer.ok()) {
            throw StepEnded.failed(
                    "cannot %s: the API server answered %d: %s"
                            .formatted(what, answer.status(), message(answer)));
        }
    }

    static JsonNode json(Answer answer) throws StepEnded {
        try {
            return JSON.readTree(answer.body());
        } catch (JacksonException e) {
            throw StepEnded.failed("cannot read the API server's answer: it is no JSON");
        }
    }

    /** The server's own words, with those of its causes. */
    static String message(Answer answer) {
        try {
            JsonNode status = JSON.readTree(answer.body());
            var words = new StringBuilder(status.path("message").asString(""));
            for (JsonNode cause : status.path("details").path("causes")) {
                words.append(' ').append(cause.path("message").asString(""));
            }
            return Printable.line(words.toString(), 300);
        } catch (JacksonException e) {
            return Printable.line(answer.body().strip(), 300);
        }
    }
}
