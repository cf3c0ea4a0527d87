package io.davit.controller.simulate;

import java.util.List;
import java.util.Map;

/** What the agents' profiles say, as far as the simulation needs it. */
final class SimulatedProfile {

    /** Unit → what its start depends on. */
    private static final Map<String, List<String>> INPUTS =
            Map.of(
                    "etcd", List.of("etcd", "etcd.config"),
                    "k3s",
                            List.of(
                                    "k3s",
                                    "control-plane.config",
                                    "control-plane.token",
                                    "control-plane.agent-token",
                                    "control-plane.etcd-ca",
                                    "control-plane.etcd-client"),
                    "k3s-agent", List.of("k3s", "worker.config", "worker.token"));

    private SimulatedProfile() {}

    static List<String> inputs(String unit) {
        return INPUTS.getOrDefault(unit, List.of());
    }

    static boolean secret(String slot) {
        return slot.endsWith("-key") || slot.endsWith("token");
    }

    static String mode(String slot) {
        if (slot.equals("etcd.config")) {
            return "0640";
        }
        return secret(slot) || slot.endsWith(".config") ? "0600" : "0644";
    }

    static String group(String slot) {
        return slot.equals("etcd.config") ? "etcd" : "root";
    }
}
