package io.davit.controller.spec;

import io.davit.controller.release.EtcdVersion;
import io.davit.controller.release.K3sVersion;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * A cluster as wanted, with every default filled in.
 *
 * @param name of the cluster
 * @param server allowed k3s keys passed through to the servers: String, Long, Boolean, List of
 *     String
 * @param agent the same for all nodes' agent part
 */
public record ClusterSpec(
        String name,
        K3sVersion k3sVersion,
        Map<String, Object> server,
        Map<String, Object> agent,
        EtcdVersion etcdVersion,
        Network network,
        Endpoint endpoint,
        Optional<Integer> loadBalancerPort,
        List<HostSpec> hosts) {

    public ClusterSpec {
        server = Collections.unmodifiableSortedMap(new TreeMap<>(server));
        agent = Collections.unmodifiableSortedMap(new TreeMap<>(agent));
        hosts = List.copyOf(hosts);
    }

    /** The hosts with a role, by name. */
    public List<HostSpec> hosts(Role role) {
        return hosts.stream()
                .filter(host -> host.roles().contains(role))
                .sorted(java.util.Comparator.comparing(HostSpec::name))
                .toList();
    }

    public Optional<HostSpec> host(String name) {
        return hosts.stream().filter(host -> host.name().equals(name)).findFirst();
    }

    /**
     * @param cni "flannel" or "none"
     * @param flannelBackend "vxlan", "host-gw", "wireguard-native"
     */
    public record Network(
            String cni,
            String flannelBackend,
            List<String> clusterCidrs,
            List<String> serviceCidrs) {

        public Network {
            clusterCidrs = List.copyOf(clusterCidrs);
            serviceCidrs = List.copyOf(serviceCidrs);
        }
    }

    /** Names and the address that stand for the control plane; both may be missing. */
    public record Endpoint(List<String> names, Optional<String> virtualIp) {

        public Endpoint {
            names = List.copyOf(names);
        }
    }

    /**
     * A host of the spec.
     *
     * @param name RFC 1123 label, also the k3s node name
     * @param roles in the order of {@link Role}
     * @param taints "key=value:Effect" or "key:Effect"
     */
    public record HostSpec(
            String name,
            String address,
            List<Role> roles,
            Map<String, String> labels,
            List<String> taints) {

        public HostSpec {
            roles = roles.stream().sorted().toList();
            labels = Collections.unmodifiableSortedMap(new TreeMap<>(labels));
            taints = List.copyOf(taints);
        }

        public boolean has(Role role) {
            return roles.contains(role);
        }
    }
}
