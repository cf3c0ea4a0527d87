package io.davit.controller.simulate;

import java.util.List;
import java.util.Map;
import java.util.Set;

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
                                    "control-plane.etcd-client",
                                    "control-plane.registries"),
                    "k3s-agent",
                            List.of("k3s", "worker.config", "worker.token", "worker.registries"),
                    "haproxy",
                            List.of(
                                    "load-balancer.haproxy-config",
                                    "load-balancer.server-ca",
                                    "load-balancer.check-client"),
                    "keepalived", List.of("load-balancer.keepalived-config"));

    /** Slots that are neither a server's nor secret, with mode and group. */
    private static final Map<String, List<String>> PLACES =
            Map.of(
                    "etcd.config", List.of("0640", "etcd"),
                    "load-balancer.haproxy-config", List.of("0640", "haproxy"),
                    "load-balancer.keepalived-config", List.of("0640", "root"));

    /** Units that a change of these inputs reloads. */
    static boolean reloads(String unit, Set<String> changed) {
        return (unit.equals("haproxy") || unit.equals("keepalived"))
                && inputs(unit).containsAll(changed);
    }

    private SimulatedProfile() {}

    static List<String> inputs(String unit) {
        return INPUTS.getOrDefault(unit, List.of());
    }

    static boolean secret(String slot) {
        return slot.endsWith("-key") || slot.endsWith("token");
    }

    static String mode(String slot) {
        if (PLACES.containsKey(slot)) {
            return PLACES.getOrDefault(slot, List.of()).getFirst();
        }
        return secret(slot)
                        || slot.endsWith(".config")
                        || slot.endsWith(".registries")
                        || slot.endsWith(".marks")
                ? "0600"
                : "0644";
    }

    static String group(String slot) {
        return PLACES.getOrDefault(slot, List.of("", "root")).getLast();
    }
}
