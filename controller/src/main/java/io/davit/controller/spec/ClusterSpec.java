package io.davit.controller.spec;

import io.davit.common.NodeMarks;
import io.davit.controller.release.EtcdVersion;
import io.davit.controller.release.K3sVersion;
import java.util.ArrayList;
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
 * @param loadBalancerPort as the spec has it; see {@link #balancerPort}
 * @param pools workers that join by booting; their members are hosts, too
 * @param hosts those that the file names, and the members of its pools
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
        Registries registries,
        List<PoolSpec> pools,
        List<HostSpec> hosts) {

    /** Where k3s servers and the balancers before them listen. */
    public static final int API_PORT = 6443;

    /** A load balancer beside a server on one host cannot have the server's port. */
    private static final int BESIDE_SERVER = 8443;

    public ClusterSpec {
        server = Collections.unmodifiableSortedMap(new TreeMap<>(server));
        agent = Collections.unmodifiableSortedMap(new TreeMap<>(agent));
        pools = List.copyOf(pools);
        hosts = List.copyOf(hosts);
    }

    /** The same with other hosts. */
    public ClusterSpec withHosts(List<HostSpec> other) {
        return new ClusterSpec(
                name,
                k3sVersion,
                server,
                agent,
                etcdVersion,
                network,
                endpoint,
                loadBalancerPort,
                registries,
                pools,
                other);
    }

    public Optional<PoolSpec> pool(String wanted) {
        return pools.stream().filter(pool -> pool.name().equals(wanted)).findFirst();
    }

    /** The hosts with a role, by name. */
    public List<HostSpec> hosts(Role role) {
        return hosts.stream()
                .filter(host -> host.roles().contains(role))
                .sorted(java.util.Comparator.comparing(HostSpec::name))
                .toList();
    }

    /**
     * The port of every load balancer: the spec's, else 6443, or 8443 where one is beside a server.
     */
    public int balancerPort() {
        boolean together =
                hosts(Role.LOAD_BALANCER).stream().anyMatch(host -> host.has(Role.CONTROL_PLANE));
        return loadBalancerPort.orElse(together ? BESIDE_SERVER : API_PORT);
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
     * Where nodes pull images from, in the terms of k3s' registries.yaml.
     *
     * @param mirrors by registry host name, or "*"
     * @param tls by registry host name
     * @see <a href="https://docs.k3s.io/installation/private-registry">private registry</a>
     */
    public record Registries(Map<String, Mirror> mirrors, Map<String, RegistryTls> tls) {

        /** Images come from where their names say. */
        public static final Registries NONE = new Registries(Map.of(), Map.of());

        public Registries {
            mirrors = Collections.unmodifiableSortedMap(new TreeMap<>(mirrors));
            tls = Collections.unmodifiableSortedMap(new TreeMap<>(tls));
        }

        public boolean isEmpty() {
            return mirrors.isEmpty() && tls.isEmpty();
        }
    }

    /**
     * What stands in for a registry.
     *
     * @param endpoints URLs, tried in this order
     * @param rewrites regular expression of a repository's name to its replacement
     */
    public record Mirror(List<String> endpoints, Map<String, String> rewrites) {

        public Mirror {
            endpoints = List.copyOf(endpoints);
            rewrites = Collections.unmodifiableSortedMap(new TreeMap<>(rewrites));
        }
    }

    /**
     * How a registry's certificate is judged.
     *
     * @param caFile path on every node
     */
    public record RegistryTls(Optional<String> caFile, boolean insecureSkipVerify) {}

    /**
     * Workers that nobody names: a host that enrols with a token of the pool is one.
     *
     * @param name a host's name is NAME-XXXXXXXX
     * @param max how many hosts it may have
     * @param taints as those of a host
     */
    public record PoolSpec(String name, int max, Map<String, String> labels, List<String> taints) {

        public PoolSpec {
            labels = Collections.unmodifiableSortedMap(new TreeMap<>(labels));
            taints = List.copyOf(taints);
        }

        /** A member as it is wanted. */
        public HostSpec member(String host, String address) {
            return new HostSpec(
                    host, address, List.of(Role.WORKER), labels, taints, Optional.of(name));
        }
    }

    /**
     * A host of the cluster.
     *
     * @param name RFC 1123 label, also the k3s node name
     * @param roles in the order of {@link Role}
     * @param taints "key=value:Effect" or "key:Effect"
     * @param pool that it is a member of; empty for a host that the file names
     */
    public record HostSpec(
            String name,
            String address,
            List<Role> roles,
            Map<String, String> labels,
            List<String> taints,
            Optional<String> pool) {

        /** Keeps Pods off a server that is no worker. */
        static final String DEDICATED = "CriticalAddonsOnly=true:NoExecute";

        public HostSpec {
            roles = roles.stream().sorted().toList();
            labels = Collections.unmodifiableSortedMap(new TreeMap<>(labels));
            taints = List.copyOf(taints);
        }

        /** One that the file names. */
        public HostSpec(
                String name,
                String address,
                List<Role> roles,
                Map<String, String> labels,
                List<String> taints) {
            this(name, address, roles, labels, taints, Optional.empty());
        }

        public boolean has(Role role) {
            return roles.contains(role);
        }

        /** What its node is to have: a server that is no worker runs none of the users' Pods. */
        public NodeMarks marks() {
            var all = new ArrayList<>(taints);
            if (has(Role.CONTROL_PLANE) && !has(Role.WORKER)) {
                all.add(DEDICATED);
            }
            return NodeMarks.of(labels, all);
        }
    }
}
