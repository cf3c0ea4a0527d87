package io.davit.agent.session;

import io.davit.proto.agent.v1.AgentMessage;
import io.davit.proto.agent.v1.CheckReport;
import io.davit.proto.agent.v1.CheckResult;
import io.davit.proto.agent.v1.Observation;
import io.davit.proto.agent.v1.ObservationReport;
import io.davit.proto.agent.v1.RoleInventory;
import java.util.ArrayList;
import java.util.List;

/** Answers cut to the size that the stream carries (512 KiB with everything around them). */
final class Messages {

    /** What is left of a message for its content. */
    static final int ROOM = 400 * 1024;

    private Messages() {}

    /**
     * An observation as one report or, where it is too long, several, of which the last is marked
     * done. The first holds the facts, each role stands whole in one of them.
     */
    static List<AgentMessage> observation(long requestId, Observation observation) {
        var reports = new ArrayList<AgentMessage>();
        var part = observation.toBuilder().clearRoles();
        int size = part.build().getSerializedSize();
        for (RoleInventory role : observation.getRolesList()) {
            if (part.getRolesCount() > 0 && size + role.getSerializedSize() > ROOM) {
                reports.add(report(requestId, part.build(), false));
                part = observation.toBuilder().clearRoles().clearFacts();
                size = 0;
            }
            part.addRoles(role);
            size += role.getSerializedSize();
        }
        reports.add(report(requestId, part.build(), true));
        return reports;
    }

    private static AgentMessage report(long requestId, Observation part, boolean done) {
        return AgentMessage.newBuilder()
                .setObservation(
                        ObservationReport.newBuilder()
                                .setRequestId(requestId)
                                .setObservation(part)
                                .setDone(done))
                .build();
    }

    /** The answer to a CHECK; diffs that do not fit are left out, and say so. */
    static AgentMessage check(long requestId, List<CheckResult> results) {
        var report = CheckReport.newBuilder().setRequestId(requestId);
        int size =
                results.stream().mapToInt(result -> withoutDiff(result).getSerializedSize()).sum();
        for (CheckResult result : results) {
            int diff = result.getWouldChange().getDiff().length() * 3;
            size += diff;
            if (size <= ROOM) {
                report.addResults(result);
            } else {
                size -= diff;
                report.addResults(withoutDiff(result));
            }
        }
        return AgentMessage.newBuilder().setCheck(report).build();
    }

    private static CheckResult withoutDiff(CheckResult result) {
        if (!result.hasWouldChange() || result.getWouldChange().getDiff().isEmpty()) {
            return result;
        }
        var builder = result.toBuilder();
        builder.getWouldChangeBuilder().setDiff("(the difference is too long to be shown here)");
        return builder.build();
    }
}
