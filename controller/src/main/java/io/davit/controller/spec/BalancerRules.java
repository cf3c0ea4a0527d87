package io.davit.controller.spec;

import io.davit.controller.spec.ClusterSpec.Endpoint;
import io.davit.controller.spec.ClusterSpec.HostSpec;
import io.davit.controller.spec.ClusterSpec.Network;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/** The rules for what stands before the control plane: who, under which address, on which port. */
final class BalancerRules {

    /** Ports that a role listens on, on all addresses or on loopback. */
    private static final Map<Role, List<Integer>> TAKEN =
            Map.of(
                    Role.ETCD, List.of(2379, 2380, 2381),
                    Role.CONTROL_PLANE,
                            List.of(6443, 6444, 10248, 10249, 10250, 10256, 10257, 10258, 10259),
                    Role.WORKER, List.of(6444, 10248, 10249, 10250, 10256));

    private final ProblemList problems;
    private final Places places;

    BalancerRules(ProblemList problems, Places places) {
        this.problems = problems;
        this.places = places;
    }

    void check(List<HostSpec> hosts, Network network, Endpoint endpoint, Optional<Integer> port) {
        var balancers = hosts.stream().filter(host -> host.has(Role.LOAD_BALANCER)).toList();
        long servers = hosts.stream().filter(host -> host.has(Role.CONTROL_PLANE)).count();
        standsForAll(balancers.size(), servers, endpoint);
        virtualIp(hosts, balancers, network, endpoint);
        port(balancers, port);
    }

    private void standsForAll(int balancers, long servers, Endpoint endpoint) {
        if (!endpoint.names().isEmpty() || endpoint.virtualIp().isPresent()) {
            return;
        }
        if (balancers == 0 && servers > 1) {
            add(
                    "hosts",
                    "no-endpoint",
                    servers + " control-plane hosts, but nothing that stands for all of them",
                    "add endpoint.names of a load balancer, or hosts with the role"
                            + " load-balancer");
        }
        if (balancers > 1) {
            add(
                    "hosts",
                    "no-endpoint",
                    balancers + " load balancers, but no address that stands for all of them",
                    "add endpoint.virtualIp, or endpoint.names of a name that leads to them");
        }
    }

    private void virtualIp(
            List<HostSpec> hosts, List<HostSpec> balancers, Network network, Endpoint endpoint) {
        if (endpoint.virtualIp().isEmpty()) {
            return;
        }
        String path = "endpoint.virtualIp";
        String address = endpoint.virtualIp().get();
        if (balancers.isEmpty()) {
            add(
                    path,
                    "virtual-ip",
                    "a virtual IP, but no host with the role load-balancer to hold it",
                    "give the role to two hosts, or leave virtualIp out");
        }
        hosts.stream()
                .filter(host -> host.address().equals(address))
                .findFirst()
                .ifPresent(host ->
                        add(
                                path,
                                "virtual-ip",
                                address + " is the address of host " + host.name(),
                                "take a free address of the load balancers' network"));
        long number = Cidr.address(address).orElseThrow();
        var ranges = new LinkedHashMap<String, List<String>>();
        ranges.put("network.clusterCidrs", network.clusterCidrs());
        ranges.put("network.serviceCidrs", network.serviceCidrs());
        ranges.forEach((name, cidrs) ->
                cidrs.stream()
                        .flatMap(cidr -> Cidr.parse(cidr).stream())
                        .filter(cidr -> cidr.contains(number))
                        .forEach(cidr ->
                                add(
                                        path,
                                        "virtual-ip",
                                        address + " lies in " + cidr + " (" + name + ")",
                                        "take a free address of the load balancers' network")));
    }

    private void port(List<HostSpec> balancers, Optional<Integer> port) {
        String path = "loadBalancer.port";
        if (port.isEmpty()) {
            return;
        }
        if (balancers.isEmpty()) {
            add(
                    path,
                    "port",
                    "a port, but no host with the role load-balancer",
                    "give the role to a host, or leave loadBalancer out");
        }
        balancers.stream()
                .flatMap(host ->
                        host.roles().stream().flatMap(role -> clash(host, role, port.get())))
                .findFirst()
                .ifPresent(clash ->
                        add(
                                path,
                                "port-conflict",
                                clash,
                                "take another, like 8443, or give the role to another host"));
    }

    private static Stream<String> clash(HostSpec host, Role role, int port) {
        return TAKEN.getOrDefault(role, List.of()).contains(port)
                ? Stream.of(
                        "port "
                                + port
                                + " is taken on host "
                                + host.name()
                                + " by its role "
                                + role)
                : Stream.of();
    }

    private void add(String path, String code, String message, String remedy) {
        problems.add(places.of(path), path, code, message, remedy);
    }
}
