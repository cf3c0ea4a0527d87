package io.davit.cli.view;

import com.google.protobuf.Timestamp;
import io.davit.proto.operator.v1.Operation;
import io.davit.proto.operator.v1.OperationEvent;
import io.davit.proto.operator.v1.OperationState;
import io.davit.proto.operator.v1.OperationStep;
import io.davit.proto.operator.v1.PlannedStep;
import io.davit.proto.operator.v1.StepState;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * An operation whose steps take known times: it can be seen at any moment. A step begins when those
 * it depends on, and the one before it on its host, have ended.
 */
final class ScriptedOperation {

    static final Instant START = Instant.parse("2026-11-23T12:00:00Z");

    private record Scripted(PlannedStep planned, double seconds, String failure) {}

    private final Map<String, Scripted> script = new LinkedHashMap<>();
    private final Map<String, String> details = new HashMap<>();
    private final Map<String, List<String>> logs = new HashMap<>();

    /** Adds a step that takes so long; its id is HOST/ROLE/WHAT. */
    ScriptedOperation step(
            String host, String role, String kind, String what, double seconds, String... after) {
        return step(host, role, kind, what, seconds, "", after);
    }

    ScriptedOperation failing(
            String host, String role, String kind, String what, double seconds, String why) {
        return step(host, role, kind, what, seconds, why, new String[0]);
    }

    private ScriptedOperation step(
            String host,
            String role,
            String kind,
            String what,
            double seconds,
            String failure,
            String[] after) {
        String id = host + "/" + role + "/" + what;
        var planned =
                PlannedStep.newBuilder()
                        .setId(id)
                        .setHost(host)
                        .setRole(role)
                        .setKind(kind)
                        .setWhat(what)
                        .addAllDependsOn(List.of(after))
                        .build();
        script.put(id, new Scripted(planned, seconds, failure));
        return this;
    }

    /** What a step says while it is in hand. */
    ScriptedOperation says(String id, String detail, String... logLines) {
        details.put(id, detail);
        logs.put(id, List.of(logLines));
        return this;
    }

    /** All steps as they are so many seconds after the start. */
    List<OperationStep> steps(double seconds) {
        var ends = new HashMap<String, Double>();
        var lastOfHost = new HashMap<String, String>();
        var steps = new ArrayList<OperationStep>();
        for (var entry : script.entrySet()) {
            var planned = entry.getValue().planned();
            var before = new ArrayList<>(planned.getDependsOnList());
            if (!planned.getHost().isEmpty()) {
                String previous = lastOfHost.put(planned.getHost(), entry.getKey());
                if (previous != null) {
                    before.add(previous);
                }
            }
            double begin = before.stream().mapToDouble(ends::get).max().orElse(0);
            boolean fails = !entry.getValue().failure().isEmpty();
            double end = begin + entry.getValue().seconds();
            ends.put(entry.getKey(), fails ? Double.POSITIVE_INFINITY : end);
            var step = OperationStep.newBuilder().setStep(planned).setAttempt(1);
            if (begin == Double.POSITIVE_INFINITY) {
                boolean now =
                        script.values().stream()
                                .filter(s -> !s.failure().isEmpty())
                                .anyMatch(s -> s.seconds() <= seconds);
                step.setState(now ? StepState.STEP_STATE_SKIPPED : StepState.STEP_STATE_WAITING);
            } else if (seconds < begin) {
                step.setState(StepState.STEP_STATE_WAITING);
            } else if (seconds < end) {
                step.setState(StepState.STEP_STATE_RUNNING).setStartedAt(at(begin));
                step.setDetail(details.getOrDefault(entry.getKey(), ""));
                step.addAllLogLines(logs.getOrDefault(entry.getKey(), List.of()));
            } else {
                step.setState(fails ? StepState.STEP_STATE_BLOCKED : StepState.STEP_STATE_CHANGED)
                        .setStartedAt(at(begin))
                        .setEndedAt(at(end))
                        .setDetail(entry.getValue().failure())
                        .setRemedy(fails ? "mend it, then apply again" : "");
            }
            steps.add(step.build());
        }
        return steps;
    }

    Operation operation(double seconds) {
        return Operation.newBuilder()
                .setId("20261123-k7")
                .setCluster("prod")
                .setState(OperationState.OPERATION_STATE_RUNNING)
                .setStartedAt(at(0))
                .addAllSteps(steps(seconds))
                .build();
    }

    /** Seen by one who joins now. */
    Progress joinedAt(double seconds) {
        var progress = new Progress();
        progress.take(OperationEvent.newBuilder().setSnapshot(operation(seconds)).build());
        return progress;
    }

    /** Seen by one who was there from the start, with an event for every change. */
    Progress watchedUntil(double seconds, double interval) {
        var progress = joinedAt(0);
        var told = new HashMap<String, OperationStep>();
        for (double now = 0; now <= seconds; now += interval) {
            for (OperationStep step : steps(now)) {
                if (!step.equals(told.put(Steps.id(step), step))) {
                    progress.take(OperationEvent.newBuilder().setStep(step).build());
                }
            }
        }
        return progress;
    }

    static Instant after(double seconds) {
        return START.plus(Duration.ofMillis(Math.round(seconds * 1000)));
    }

    private static Timestamp at(double seconds) {
        var instant = after(seconds);
        return Timestamp.newBuilder()
                .setSeconds(instant.getEpochSecond())
                .setNanos(instant.getNano())
                .build();
    }

    /** Three hosts: etcd, a server, a worker. */
    static ScriptedOperation small() {
        return cluster(List.of("e1"), List.of("s1"), List.of("w1"));
    }

    /** A bring-up: etcd on all, then the first server, then the others and the workers. */
    static ScriptedOperation cluster(
            List<String> etcd, List<String> servers, List<String> workers) {
        var script = new ScriptedOperation();
        var founding = new ArrayList<String>();
        for (String host : etcd) {
            script.step(host, "etcd", "EnsureArtifact", "etcd 3.5.16", 4);
            script.step(host, "etcd", "WriteFile", "etcd.config", 0.2);
            founding.add(host + "/etcd/etcd.config");
        }
        script.step("", "cluster", "MarkEtcdBegun", "begun", 0.1, founding.toArray(String[]::new));
        var healthy = new ArrayList<String>();
        for (String host : etcd) {
            script.step(host, "etcd", "EnsureService", "etcd", 2, "/cluster/begun");
            script.step(host, "etcd", "AwaitHealthy", "health", 3);
            healthy.add(host + "/etcd/health");
        }
        String first = servers.getFirst();
        for (String host : servers) {
            script.step(host, "control-plane", "EnsureArtifact", "k3s v1.34.1+k3s1", 8);
            script.step(host, "control-plane", "WriteFile", "config", 0.2);
            String[] after =
                    host.equals(first)
                            ? healthy.toArray(String[]::new)
                            : new String[] {first + "/control-plane/ping"};
            script.step(host, "control-plane", "EnsureService", "k3s", 25, after);
            script.step(host, "control-plane", "AwaitHealthy", "ping", 5);
        }
        for (String host : workers) {
            script.step(host, "worker", "EnsureArtifact", "k3s v1.34.1+k3s1", 8);
            script.step(
                    host, "worker", "EnsureService", "k3s-agent", 6, first + "/control-plane/ping");
            script.step(host, "worker", "AwaitHealthy", "kubelet", 4);
        }
        return script.says(
                        first + "/control-plane/k3s",
                        "starting: GET /readyz answered 503",
                        "level=info msg=\"Running kube-apiserver\"",
                        "level=info msg=\"Waiting for API server\"")
                .says(etcd.getFirst() + "/etcd/health", "probe etcd.health: connection refused");
    }
}
