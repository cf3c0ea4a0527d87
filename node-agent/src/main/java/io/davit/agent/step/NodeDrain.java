package io.davit.agent.step;

import static io.davit.agent.step.NodeActions.JSON;

import io.davit.agent.system.KubeApi;
import io.davit.agent.system.KubeApi.Answer;
import io.davit.agent.system.KubeApi.Request;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.regex.Pattern;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Empties a cordoned node.
 *
 * <ol>
 *   <li>Pods that belong to a DaemonSet, mirror Pods and finished ones stay: they end with the
 *       node.
 *   <li>A Pod without an owner would be gone for good; that is for a person to accept.
 *   <li>Every other Pod is evicted, by its UID. What a PodDisruptionBudget holds is asked again
 *       each second; the budget is named meanwhile.
 *   <li>It ends when they are all gone. At the deadline it fails and names what is left; when its
 *       operation is cancelled it ends at once, and the node stays cordoned.
 * </ol>
 *
 * With force Pods without an owner go too, and what was refused for {@value #PATIENCE_SECONDS}
 * seconds is deleted.
 *
 * @see <a
 *     href="https://kubernetes.io/docs/concepts/scheduling-eviction/api-eviction/">API-initiated
 *     eviction</a>
 */
final class NodeDrain {

    private static final int PATIENCE_SECONDS = 30;
    private static final Duration POLL = Duration.ofSeconds(1);
    private static final Pattern BUDGET =
            Pattern.compile("The disruption budget ([a-z0-9.-]{1,253}) ");

    private final Work work;
    private final NodeActions node;
    private final String name;
    private final boolean force;
    private final Map<String, String> refused = new TreeMap<>();
    private int moved;

    NodeDrain(Work work, NodeActions node, String name, boolean force) {
        this.work = work;
        this.node = node;
        this.name = name;
        this.force = force;
    }

    /** A Pod that has to go. */
    private record Pod(String namespace, String name, String uid, boolean owned, boolean ending) {

        static Pod of(JsonNode pod) {
            JsonNode metadata = pod.path("metadata");
            boolean owned = false;
            for (JsonNode owner : metadata.path("ownerReferences")) {
                owned |= owner.path("controller").asBoolean(false);
            }
            return new Pod(
                    metadata.path("namespace").asString(""),
                    metadata.path("name").asString(""),
                    metadata.path("uid").asString(""),
                    owned,
                    !metadata.path("deletionTimestamp").isMissingNode());
        }

        String path() {
            return "/api/v1/namespaces/" + namespace + "/pods/" + name;
        }

        @Override
        public String toString() {
            return namespace + "/" + name;
        }
    }

    Optional<String> run() throws StepEnded, InterruptedException {
        long began = work.system().clock().nanoTime();
        while (true) {
            List<Pod> left = left();
            if (left.isEmpty()) {
                return moved == 0
                        ? Optional.empty()
                        : Optional.of("drained %s: %d Pods moved".formatted(name, moved));
            }
            needOwners(left);
            work.endIfCancelled(why(left));
            refused.clear();
            long waited = Duration.ofNanos(work.system().clock().nanoTime() - began).toSeconds();
            for (Pod pod : left) {
                if (!pod.ending()) {
                    evict(pod, force && waited >= PATIENCE_SECONDS);
                }
            }
            if (work.overdue()) {
                throw StepEnded.blocked(
                        "cannot drain %s within %d s: %s"
                                .formatted(name, work.deadline().toSeconds(), why(left)),
                        "free what holds them, then apply again; or delete them with"
                                + " --force-drain");
            }
            work.progress(why(left));
            work.pause(POLL);
        }
    }

    private List<Pod> left() throws StepEnded, InterruptedException {
        Answer answer =
                node.send(Request.get("/api/v1/pods?fieldSelector=spec.nodeName%3D" + name));
        NodeActions.need(answer, "list the Pods of " + name);
        var left = new ArrayList<Pod>();
        for (JsonNode pod : NodeActions.json(answer).path("items")) {
            if (mustGo(pod)) {
                left.add(Pod.of(pod));
            }
        }
        return left;
    }

    private static boolean mustGo(JsonNode pod) {
        String phase = pod.path("status").path("phase").asString("");
        boolean mirror =
                !pod.path("metadata")
                        .path("annotations")
                        .path("kubernetes.io/config.mirror")
                        .isMissingNode();
        boolean daemon = false;
        for (JsonNode owner : pod.path("metadata").path("ownerReferences")) {
            daemon |=
                    owner.path("kind").asString("").equals("DaemonSet")
                            && owner.path("controller").asBoolean(false);
        }
        return !mirror && !daemon && !phase.equals("Succeeded") && !phase.equals("Failed");
    }

    private void needOwners(List<Pod> pods) throws StepEnded {
        var without = pods.stream().filter(pod -> !pod.owned() && !pod.ending()).toList();
        if (!force && !without.isEmpty()) {
            throw StepEnded.blocked(
                    "cannot drain %s: nobody would start %s anew, since no controller owns them"
                            .formatted(name, few(without)),
                    "delete them yourself, or accept it with --force-drain");
        }
    }

    private void evict(Pod pod, boolean insist) throws StepEnded, InterruptedException {
        ObjectNode options = JSON.createObjectNode();
        options.putObject("preconditions").put("uid", pod.uid());
        ObjectNode eviction = JSON.createObjectNode();
        eviction.put("apiVersion", "policy/v1").put("kind", "Eviction");
        eviction.putObject("metadata").put("name", pod.name()).put("namespace", pod.namespace());
        eviction.set("deleteOptions", options);
        Answer answer =
                node.send(
                        new Request(
                                "POST",
                                pod.path() + "/eviction",
                                KubeApi.JSON,
                                eviction.toString()));
        if (!answer.ok() && insist && answer.status() != 404) {
            options.put("kind", "DeleteOptions").put("apiVersion", "v1");
            answer = node.send(new Request("DELETE", pod.path(), KubeApi.JSON, options.toString()));
        }
        if (answer.ok()) {
            moved++;
        } else if (answer.status() != 404 && answer.status() != 409) {
            refused.put(pod.toString(), reason(answer));
        }
    }

    private static String reason(Answer answer) {
        String message = NodeActions.message(answer);
        var budget = BUDGET.matcher(message);
        return budget.find() ? "PodDisruptionBudget " + budget.group(1) : message;
    }

    private String why(List<Pod> left) {
        String held =
                refused.isEmpty()
                        ? "they are ending"
                        : String.join(
                                ", ",
                                refused.entrySet().stream()
                                        .limit(5)
                                        .map(e -> e.getKey() + " is held by " + e.getValue())
                                        .toList());
        return "%d Pods are left, %s: %s".formatted(left.size(), few(left), held);
    }

    private static String few(List<Pod> pods) {
        String names = String.join(", ", pods.stream().limit(5).map(Pod::toString).toList());
        return pods.size() > 5 ? names + " …" : names;
    }
}
