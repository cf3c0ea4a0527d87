package io.davit.controller.spec;

import io.davit.controller.spec.ClusterSpec.HostSpec;
import io.davit.controller.spec.ClusterSpec.PoolSpec;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * Compares a new spec with the accepted one. A field is <em>live</em> (changed by an apply),
 * <em>fixed</em> at creation, or <em>not yet</em> changeable; changes of the last two are problems
 * that name old and new value.
 *
 * <table>
 *   <caption>fields</caption>
 *   <tr><td>live</td><td>k3s.server, k3s.agent (but cluster-domain), endpoint.names, registries, pools, new and removed hosts
 *       without the role etcd</td></tr>
 *   <tr><td>fixed</td><td>network, cluster-domain, a host's address</td></tr>
 *   <tr><td>not yet</td><td>k3s.version, etcd.version, virtual IP, the load balancers' port, new hosts with the
 *       role etcd and removed ones, roles of a host, labels and taints of a host (k3s reads them at a node's registration only)</td></tr>
 * </table>
 *
 * @param changes all fields that differ, by path
 * @param problems why the change cannot be accepted; empty when it can
 */
public record SpecComparison(List<FieldChange> changes, List<Problem> problems) {

    private static final Set<String> FIXED_PASSTHROUGH =
            Set.of("k3s.server.cluster-domain", "k3s.server.service-node-port-range");

    public SpecComparison {
        changes = List.copyOf(changes);
        problems = List.copyOf(problems);
    }

    /**
     * @param read the reading of the new spec, which must be valid
     */
    public static SpecComparison of(ValidSpec accepted, ReadSpec read) {
        var next = read.spec().orElseThrow();
        var before = flat(accepted.cluster());
        var after = flat(next.cluster());
        var changes = new ArrayList<FieldChange>();
        var problems = new ProblemList();
        var paths = new TreeSet<>(before.keySet());
        paths.addAll(after.keySet());
        for (String path : paths) {
            String old = before.getOrDefault(path, "");
            String now = after.getOrDefault(path, "");
            if (!old.equals(now)) {
                changes.add(new FieldChange(path, old, now));
                judge(path, old, now, before, after, read, problems);
            }
        }
        return new SpecComparison(changes, problems.sorted());
    }

    private static void judge(
            String path,
            String old,
            String now,
            Map<String, String> before,
            Map<String, String> after,
            ReadSpec read,
            ProblemList problems) {
        var place = read.places().of(placeOf(path, read));
        if (path.startsWith("network.")
                || FIXED_PASSTHROUGH.contains(path)
                || path.endsWith("].address")
                        && before.containsKey(path)
                        && after.containsKey(path)) {
            problems.add(
                    place,
                    path,
                    "fixed",
                    path
                            + " is fixed when the cluster is created: it is "
                            + shown(old)
                            + ", and would become "
                            + shown(now),
                    "keep " + shown(old));
            return;
        }
        if (etcdMemberGone(path, old, now)) {
            String host = path.substring("hosts[".length(), path.indexOf(']'));
            problems.add(
                    place,
                    path,
                    "not-yet",
                    host + " is an etcd member and cannot be removed yet",
                    "keep it in the file, with the role etcd");
            return;
        }
        if (notYet(path, old, now, before, after)) {
            problems.add(
                    place,
                    path,
                    "not-yet",
                    path
                            + " cannot be changed yet: it is "
                            + shown(old)
                            + ", and would become "
                            + shown(now),
                    "keep " + shown(old));
        }
    }

    private static boolean etcdMemberGone(String path, String old, String now) {
        return path.startsWith("hosts[")
                && path.endsWith(".roles")
                && now.isEmpty()
                && old.contains(Role.ETCD.text());
    }

    private static boolean notYet(
            String path,
            String old,
            String now,
            Map<String, String> before,
            Map<String, String> after) {
        if (path.equals("k3s.version")
                || path.equals("etcd.version")
                || path.equals("endpoint.virtualIp")) {
            return true;
        }
        if (path.equals("loadBalancer.port")) {
            return !old.isEmpty() && !now.isEmpty();
        }
        if (!path.startsWith("hosts[")) {
            return false;
        }
        String host = path.substring(0, path.indexOf(']') + 1);
        boolean existed = before.containsKey(host + ".address");
        boolean stays = after.containsKey(host + ".address");
        if (existed && stays) {
            return !path.endsWith(".labels") && !path.endsWith(".taints");
        }
        if (existed) {
            return false;
        }
        return path.endsWith(".roles") && now.contains(Role.ETCD.text());
    }

    private static String shown(String value) {
        return value.isEmpty() ? "absent" : value;
    }

    /** Hosts are compared by name and stand in the file by number. */
    private static String placeOf(String path, ReadSpec read) {
        if (!path.startsWith("hosts[")) {
            return path;
        }
        String name = path.substring("hosts[".length(), path.indexOf(']'));
        List<HostSpec> hosts = read.spec().orElseThrow().cluster().hosts();
        for (int i = 0; i < hosts.size(); i++) {
            if (hosts.get(i).name().equals(name)) {
                return "hosts[" + i + "]" + path.substring(path.indexOf(']') + 1);
            }
        }
        return "hosts";
    }

    private static Map<String, String> flat(ClusterSpec spec) {
        var flat = new TreeMap<String, String>();
        flat.put("k3s.version", spec.k3sVersion().toString());
        flat.put("etcd.version", spec.etcdVersion().toString());
        spec.server().forEach((key, value) -> flat.put("k3s.server." + key, value.toString()));
        spec.agent().forEach((key, value) -> flat.put("k3s.agent." + key, value.toString()));
        flat.put("network.cni", spec.network().cni());
        if (spec.network().cni().equals("flannel")) {
            flat.put("network.flannelBackend", spec.network().flannelBackend());
        }
        flat.put("network.clusterCidrs", spec.network().clusterCidrs().toString());
        flat.put("network.serviceCidrs", spec.network().serviceCidrs().toString());
        if (!spec.endpoint().names().isEmpty()) {
            flat.put("endpoint.names", spec.endpoint().names().toString());
        }
        spec.endpoint().virtualIp().ifPresent(ip -> flat.put("endpoint.virtualIp", ip));
        if (!spec.hosts(Role.LOAD_BALANCER).isEmpty()) {
            // the effective one: a new host must not move it
            flat.put("loadBalancer.port", "" + spec.balancerPort());
        }
        spec.registries()
                .mirrors()
                .forEach((name, mirror) ->
                        flat.put("registries.mirrors." + name, mirror.toString()));
        spec.registries()
                .tls()
                .forEach((name, tls) -> flat.put("registries.configs." + name, tls.toString()));
        for (PoolSpec pool : spec.pools()) {
            String path = "pools[" + pool.name() + "]";
            flat.put(path + ".max", "" + pool.max());
            marks(flat, path, pool.labels(), pool.taints());
        }
        for (HostSpec host : spec.hosts()) {
            if (host.pool().isPresent()) {
                continue; // it stands in no file
            }
            String path = "hosts[" + host.name() + "]";
            flat.put(path + ".address", host.address());
            flat.put(path + ".roles", host.roles().toString());
            marks(flat, path, host.labels(), host.taints());
        }
        return flat;
    }

    private static void marks(
            Map<String, String> flat,
            String path,
            Map<String, String> labels,
            List<String> taints) {
        if (!labels.isEmpty()) {
            flat.put(path + ".labels", labels.toString());
        }
        if (!taints.isEmpty()) {
            flat.put(path + ".taints", taints.toString());
        }
    }
}
