package io.davit.controller.metrics;

import io.davit.common.HostId;
import io.davit.controller.execute.ClusterStore.AcceptedCluster;
import io.davit.controller.observe.ObservedHost;
import io.davit.controller.spec.ClusterSpec.HostSpec;
import io.davit.controller.spec.Role;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;
import tools.jackson.databind.json.JsonMapper;

/**
 * The hosts as targets, for Prometheus' {@code http_sd_configs}. All have one address, that of the
 * controller as it was asked; what tells them apart is their path and the labels.
 *
 * @see <a href="https://prometheus.io/docs/prometheus/latest/http_sd/">HTTP service discovery</a>
 */
final class Targets {

    private static final JsonMapper JSON = JsonMapper.builder().build();

    private Targets() {}

    private record Target(List<String> targets, Map<String, String> labels) {}

    /** A JSON list, "[]" when there is no host. */
    static String json(FleetView view, String address) {
        var targets = new ArrayList<Target>();
        Map<HostId, ObservedHost> unassigned =
                view.hosts().stream()
                        .filter(host -> host.standing().approved())
                        .collect(
                                Collectors.toMap(
                                        ObservedHost::hostId,
                                        Function.identity(),
                                        (first, _) -> first,
                                        LinkedHashMap::new));
        for (AcceptedCluster cluster : view.clusters()) {
            for (HostSpec host : cluster.spec().cluster().hosts()) {
                cluster.bindings()
                        .host(host.name())
                        .filter(id -> unassigned.remove(id) != null)
                        .ifPresent(id -> targets.add(bound(cluster, host, id, address)));
            }
        }
        for (HostId id : unassigned.keySet()) {
            var labels = labels(id, id.value());
            labels.put("host", id.value());
            targets.add(new Target(List.of(address), labels));
        }
        return JSON.writeValueAsString(targets);
    }

    private static Target bound(AcceptedCluster cluster, HostSpec host, HostId id, String address) {
        String name = cluster.spec().cluster().name();
        var labels = labels(id, name + "/" + host.name());
        labels.put("cluster", name);
        labels.put("host", host.name());
        labels.put("role", host.roles().stream().map(Role::text).collect(Collectors.joining(",")));
        return new Target(List.of(address), labels);
    }

    private static Map<String, String> labels(HostId id, String instance) {
        var labels = new LinkedHashMap<String, String>();
        labels.put("__scheme__", "https");
        labels.put("__metrics_path__", MonitoringPages.HOSTS + id.value());
        labels.put("instance", instance);
        return labels;
    }
}
