package io.davit.agent.step;

import static io.davit.agent.step.EngineHarness.prepare;
import static io.davit.agent.step.EngineHarness.step;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.Duration;
import io.davit.agent.system.KubeApi.Answer;
import io.davit.agent.system.KubeApi.Request;
import io.davit.proto.agent.v1.Outcome;
import io.davit.proto.agent.v1.RunAction;
import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** What a server does to Node objects, before an API server in memory. */
class NodeActionsTest {

    private static final JsonMapper JSON = JsonMapper.builder().build();
    private static final String UID = "7f1c-1";

    @TempDir Path directory;
    private EngineHarness harness;
    private final Server server = new Server();

    /** One node w1 and its Pods. Evicted Pods are gone when they are listed next. */
    private static final class Server {
        String uid = UID;
        boolean there = true;
        boolean unschedulable;
        String mark = "";
        int conflicts;
        int revision = 1;
        boolean secret = true;

        /** What else the object has, as an API server would keep it. */
        JsonNode labels = JSON.createObjectNode();

        JsonNode taints = JSON.createArrayNode();
        String marks = "";

        /** "namespace/name" → its object. */
        final Map<String, String> pods = new LinkedHashMap<>();

        final Map<String, String> budgets = new TreeMap<>();
        final Set<String> deleted = new TreeSet<>();
        int evictions;
        Runnable onEviction = () -> {};

        synchronized void pod(String name, String more) {
            pods.put(
                    "default/" + name,
                    """
                    {"metadata":{"namespace":"default","name":"%s","uid":"uid-%s"%s},
                     "status":{"phase":"Running"}}
                    """
                            .formatted(name, name, more));
        }

        synchronized void owned(String name) {
            pod(name, ",\"ownerReferences\":[{\"kind\":\"ReplicaSet\",\"controller\":true}]");
        }

        synchronized Answer answer(Request request) {
            String what = request.method() + " " + request.path();
            if (what.equals("GET /api/v1/nodes/w1")) {
                return there ? new Answer(200, node()) : new Answer(404, "{}");
            }
            if (what.equals("PATCH /api/v1/nodes/w1")) {
                return patch(JSON.readTree(request.body()));
            }
            if (what.equals("DELETE /api/v1/nodes/w1")) {
                String wanted =
                        JSON.readTree(request.body()).path("preconditions").path("uid").asString();
                if (!uid.equals(wanted)) {
                    return new Answer(409, "{\"message\":\"the uid in the precondition\"}");
                }
                there = false;
                return new Answer(200, "{}");
            }
            if (request.path().endsWith("/secrets/w1.node-password.k3s")) {
                boolean was = secret;
                secret = false;
                return new Answer(was ? 200 : 404, "{}");
            }
            if (request.path().startsWith("/api/v1/pods?")) {
                assertThat(request.path()).endsWith("?fieldSelector=spec.nodeName%3Dw1");
                return new Answer(200, "{\"items\":[" + String.join(",", pods.values()) + "]}");
            }
            return pod(request);
        }

        private Answer pod(Request request) {
            String[] words = request.path().split("/", -1);
            String name = words[4] + "/" + words[6];
            if (!pods.containsKey(name)) {
                return new Answer(404, "{}");
            }
            JsonNode body = JSON.readTree(request.body());
            JsonNode options = body.has("deleteOptions") ? body.path("deleteOptions") : body;
            assertThat(options.path("preconditions").path("uid").asString())
                    .isEqualTo("uid-" + words[6]);
            if (request.method().equals("POST")) {
                evictions++;
                onEviction.run();
            }
            if (request.method().equals("POST") && budgets.containsKey(name)) {
                return new Answer(
                        429,
                        """
                        {"message":"Cannot evict pod as it would violate the pod's disruption budget.",
                         "details":{"causes":[{"message":"The disruption budget %s needs 2 healthy pods and has 2 currently"}]}}
                        """
                                .formatted(budgets.get(name)));
            }
            if (request.method().equals("DELETE")) {
                deleted.add(name);
            }
            pods.remove(name);
            return new Answer(201, "{}");
        }

        private Answer patch(JsonNode patch) {
            if (conflicts-- > 0) {
                revision++;
            }
            if (!patch.path("metadata").path("resourceVersion").asString().equals("" + revision)) {
                return new Answer(409, "{}");
            }
            if (!patch.path("spec").has("unschedulable")) {
                return marked(patch);
            }
            unschedulable = patch.path("spec").path("unschedulable").asBoolean(false);
            mark =
                    patch.path("metadata")
                            .path("annotations")
                            .path("davit.io/cordoned-by")
                            .asString("");
            return new Answer(200, node());
        }

        private Answer marked(JsonNode patch) {
            var merged = ((ObjectNode) labels).deepCopy();
            patch.path("metadata")
                    .path("labels")
                    .properties()
                    .forEach(label -> {
                        if (label.getValue().isNull()) {
                            merged.remove(label.getKey());
                        } else {
                            merged.set(label.getKey(), label.getValue());
                        }
                    });
            labels = merged;
            taints = patch.path("spec").path("taints");
            marks = patch.path("metadata").path("annotations").path("davit.io/marks").asString("");
            return new Answer(200, node());
        }

        private String node() {
            return """
            {"metadata":{"name":"w1","uid":"%s","resourceVersion":"%d","labels":%s,
             "annotations":{"davit.io/cordoned-by":"%s","davit.io/marks":"%s"}},
             "spec":{"unschedulable":%s,"taints":%s}}
            """
                    .formatted(uid, revision, labels, mark, marks, unschedulable, taints);
        }
    }

    @BeforeEach
    void open() throws Exception {
        harness = new EngineHarness(directory);
        assertThat(harness.one(prepare("control-plane")).hasChanged()).isTrue();
        harness.host.kubeApi().answerBy(server::answer);
    }

    @AfterEach
    void close() throws IOException {
        harness.close();
    }

    private Outcome act(String action, Map<String, String> more) throws Exception {
        var args = new TreeMap<>(more);
        args.put("name", "w1");
        args.put("uid", UID);
        return harness.one(
                step("control-plane", action)
                        .setDeadline(Duration.newBuilder().setSeconds(60))
                        .setRunAction(RunAction.newBuilder().setAction(action).putAllArgs(args))
                        .build());
    }

    private Outcome cordon() throws Exception {
        return act("node-cordon", Map.of("by", "prod"));
    }

    private Outcome drain(boolean force) throws Exception {
        return act("node-drain", Map.of("force", "" + force));
    }

    @Test
    void aCordonIsMarkedAsOurs() throws Exception {
        server.conflicts = 2;
        assertThat(cordon().getChanged().getWhat()).contains("cordoned w1");
        assertThat(server.unschedulable).isTrue();
        assertThat(server.mark).isEqualTo("prod");
    }

    @Test
    void somebodyElsesCordonStaysTheirs() throws Exception {
        server.unschedulable = true;
        cordon();
        assertThat(server.mark).isEmpty();
        act("node-uncordon", Map.of("by", "prod"));
        assertThat(server.unschedulable).isTrue();
    }

    @Test
    void ourCordonIsTakenBackWithItsMark() throws Exception {
        cordon();
        act("node-uncordon", Map.of("by", "prod"));
        assertThat(server.unschedulable).isFalse();
        assertThat(server.mark).isEmpty();
    }

    @Test
    void anotherNodeOfTheSameNameIsNotTouched() throws Exception {
        server.uid = "another";
        for (var action :
                List.of(
                        Map.entry("node-cordon", Map.of("by", "prod")),
                        Map.entry("node-drain", Map.of("force", "true")),
                        Map.entry("node-mark", Map.of("marks", "a=b;")),
                        Map.entry("node-delete", Map.<String, String>of()))) {
            var outcome = act(action.getKey(), action.getValue());
            assertThat(outcome.getFailed().getWhy()).startsWith("stale, plan again: node w1 is");
        }
        assertThat(harness.host.kubeApi().sent()).extracting(Request::method).containsOnly("GET");
    }

    private Outcome mark(String marks) throws Exception {
        return act("node-mark", Map.of("marks", marks));
    }

    @Test
    void labelsAndTaintsFollowAndThoseOfOthersStay() throws Exception {
        server.labels =
                JSON.readTree(
                        "{\"kubernetes.io/hostname\":\"w1\",\"team\":\"a\",\"disk\":\"hdd\"}");
        server.taints =
                JSON.readTree(
                        "[{\"key\":\"node.kubernetes.io/not-ready\",\"effect\":\"NoExecute\","
                                + "\"timeAdded\":\"2026-01-01T00:00:00Z\"},"
                                + "{\"key\":\"gpu\",\"value\":\"old\",\"effect\":\"NoSchedule\"}]");
        server.conflicts = 1;

        assertThat(mark("disk=ssd,zone=a;gpu=yes:NoSchedule").getChanged().getWhat())
                .contains("set the labels and taints of w1");

        assertThat(server.labels)
                .isEqualTo(
                        JSON.readTree(
                                "{\"kubernetes.io/hostname\":\"w1\",\"team\":\"a\",\"disk\":\"ssd\","
                                    + "\"zone\":\"a\"}"));
        assertThat(server.taints)
                .isEqualTo(
                        JSON.readTree(
                                "[{\"key\":\"node.kubernetes.io/not-ready\",\"effect\":\"NoExecute\","
                                    + "\"timeAdded\":\"2026-01-01T00:00:00Z\"},"
                                    + "{\"key\":\"gpu\",\"value\":\"yes\",\"effect\":\"NoSchedule\"}]"));
        assertThat(mark("disk=ssd,zone=a;gpu=yes:NoSchedule").hasUnchanged()).isTrue();
    }

    @Test
    void whatDavitKeptAndKeepsNoMoreGoesUnlessSomebodyElseTookIt() throws Exception {
        mark("disk=ssd,zone=a;gpu=yes:NoSchedule");
        server.labels = JSON.readTree("{\"disk\":\"ssd\",\"zone\":\"theirs\",\"team\":\"a\"}");

        mark(";");

        assertThat(server.labels).isEqualTo(JSON.readTree("{\"zone\":\"theirs\",\"team\":\"a\"}"));
        assertThat(server.taints).isEqualTo(JSON.createArrayNode());
        assertThat(server.marks).isEmpty();
    }

    @Test
    void marksThatAreKubernetesOwnAreRefused() throws Exception {
        for (String marks :
                List.of(
                        "node-role.kubernetes.io/worker=true;",
                        ";node.kubernetes.io/not-ready:NoExecute",
                        "a=b",
                        ";a=b:Sometimes")) {
            assertThat(mark(marks).getFailed().getWhy()).as(marks).contains("cannot mark a node");
        }
        assertThat(harness.host.kubeApi().sent()).isEmpty();
    }

    @Test
    void aNodeGoesWithItsPassword() throws Exception {
        assertThat(act("node-delete", Map.of()).hasChanged()).isTrue();
        assertThat(server.there).isFalse();
        assertThat(server.secret).isFalse();
    }

    @Test
    void aDeletionThatWasCutOffIsFinished() throws Exception {
        server.secret = false;
        assertThat(act("node-delete", Map.of()).hasChanged()).isTrue();
        assertThat(server.there).isFalse();
    }

    @Test
    void aDrainEvictsWhatWouldBeStartedElsewhereAndLeavesTheRest() throws Exception {
        server.owned("web-1");
        server.owned("web-2");
        server.pod("log", ",\"ownerReferences\":[{\"kind\":\"DaemonSet\",\"controller\":true}]");
        server.pod("static", ",\"annotations\":{\"kubernetes.io/config.mirror\":\"x\"}");

        assertThat(drain(false).getChanged().getWhat()).contains("drained w1: 2 Pods moved");

        assertThat(server.pods).containsOnlyKeys("default/log", "default/static");
        assertThat(server.deleted).isEmpty();
    }

    @Test
    void aBudgetThatHoldsAPodIsNamedAndWaitedForToTheDeadline() throws Exception {
        server.owned("web-1");
        server.owned("web-2");
        server.budgets.put("default/web-2", "web");

        var outcome = drain(false);

        assertThat(outcome.getBlocked().getWhy())
                .contains("cannot drain w1 within 60 s: 1 Pods are left, default/web-2")
                .contains("held by PodDisruptionBudget web");
        assertThat(outcome.getBlocked().getRemedy()).contains("--force-drain");
        assertThat(server.pods).containsOnlyKeys("default/web-2");
    }

    @Test
    void aDrainEndsWhenItsOperationIsCancelledAndTheCordonStays() throws Exception {
        cordon();
        server.owned("web-2");
        server.budgets.put("default/web-2", "web");
        server.onEviction = () -> harness.engine().cancel(harness.operation());

        var outcome = drain(false);

        assertThat(outcome.getRetry().getWhy())
                .startsWith("cancelled: 1 Pods are left, default/web-2")
                .contains("held by PodDisruptionBudget web");
        assertThat(server.evictions).as("asked before it was cancelled").isEqualTo(1);
        assertThat(server.mark).isEqualTo("prod");
    }

    @Test
    void withForceWhatABudgetHoldsIsDeletedAfterAWhile() throws Exception {
        server.owned("web-2");
        server.budgets.put("default/web-2", "web");
        assertThat(drain(true).hasChanged()).isTrue();
        assertThat(server.deleted).containsExactly("default/web-2");
        assertThat(harness.host.kubeApi().sent())
                .filteredOn(request -> request.path().endsWith("/eviction"))
                .hasSizeGreaterThan(25);
    }

    @Test
    void aPodThatNobodyWouldStartAnewIsForAPersonToDecide() throws Exception {
        server.pod("by-hand", "");
        server.owned("web-1");
        assertThat(drain(false).getBlocked().getWhy())
                .contains("nobody would start default/by-hand anew");
        assertThat(server.pods).hasSize(2);
        assertThat(drain(true).hasChanged()).isTrue();
        assertThat(server.pods).isEmpty();
    }

    @Test
    void anAbsentNodeHasNothingToDo() throws Exception {
        server.there = false;
        assertThat(cordon().hasFailed()).isFalse();
        assertThat(drain(false).hasFailed()).isFalse();
        assertThat(act("node-delete", Map.of()).hasFailed()).isFalse();
    }

    @Test
    void anApiServerThatRefusesIsQuoted() throws Exception {
        harness.host.kubeApi().answerBy(request -> new Answer(503, "{\"message\":\"starting\"}"));
        assertThat(cordon().getFailed().getWhy()).contains("answered 503: starting");
    }
}
