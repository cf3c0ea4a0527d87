package io.davit.controller.report;

import io.davit.controller.report.RoleHealth.Standing;
import java.util.List;
import java.util.Map;

/**
 * A node's {@code Ready} condition as its kubelet puts it. Without a CNI it reads {@code status
 * False, reason KubeletNotReady, message "container runtime network not ready: NetworkReady=false
 * reason:NetworkPluginNotReady message:Network plugin returns error: cni plugin not initialized"}
 * (seen with k3s and {@code flannel-backend: none}); a node that is not ready for another reason
 * says so there instead, or says more than this.
 *
 * @param status "True", "False", "Unknown"
 */
public record NodeCondition(String status, String reason, String message) {

    private static final List<String> NO_CNI =
            List.of(
                    "NetworkPluginNotReady",
                    "cni plugin not initialized",
                    "cni config uninitialized");

    /** From what the agents' node probes answer. */
    public static NodeCondition of(Map<String, String> details) {
        return new NodeCondition(
                details.getOrDefault("ready", "Unknown"),
                details.getOrDefault("reason", ""),
                details.getOrDefault("message", ""));
    }

    /** A CNI is what it lacks. */
    public boolean waitsForCni() {
        return status.equals("False")
                && reason.equals("KubeletNotReady")
                && NO_CNI.stream().anyMatch(message::contains);
    }

    /**
     * How a role whose node this is stands.
     *
     * @param ok the probe's own verdict
     * @param error why it is not ok
     * @param cniIsOurs k3s brings the network; then a node without one is not waiting, but late
     * @param version of the kubelet; may be empty
     */
    public RoleHealth health(
            String role, boolean ok, String error, boolean cniIsOurs, String version) {
        if (ok) {
            return new RoleHealth(role, true, ("node Ready " + version).strip());
        }
        return !cniIsOurs && waitsForCni()
                ? new RoleHealth(role, Standing.WAITING_FOR_CNI, message)
                : new RoleHealth(role, false, error);
    }
}
