package io.davit.controller;

import io.davit.common.K3sKeys;
import io.davit.controller.release.EtcdVersion;
import io.davit.controller.release.K3sVersion;
import io.davit.controller.spec.ClusterSpec;
import io.davit.controller.spec.ClusterSpec.Endpoint;
import io.davit.controller.spec.ClusterSpec.HostSpec;
import io.davit.controller.spec.ClusterSpec.Network;
import io.davit.controller.spec.ClusterSpec.Registries;
import io.davit.controller.spec.Role;
import io.davit.controller.spec.SpecReader;
import io.davit.controller.spec.ValidSpec;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Specs for tests. */
public final class Specs {

    public static final String SMALL =
            """
            apiVersion: davit/v1
            kind: Cluster
            metadata:
              name: small
            spec:
              k3s:
                version: v1.34.1+k3s1
              etcd:
                version: 3.5.16
              network:
                cni: flannel
                flannelBackend: vxlan
                clusterCidrs: [198.19.0.0/17]
                serviceCidrs: [198.19.128.0/17]
              hosts:
                - {name: e1, address: 198.18.0.11, roles: [etcd]}
                - {name: e2, address: 198.18.0.12, roles: [etcd]}
                - {name: e3, address: 198.18.0.13, roles: [etcd]}
                - {name: s1, address: 198.18.0.14, roles: [control-plane]}
                - {name: w1, address: 198.18.0.15, roles: [worker], labels: {disk: ssd}}
                - {name: w2, address: 198.18.0.16, roles: [worker]}
            """;

    /** The example of the same name. */
    public static final String HA =
            SMALL.replace("name: small", "name: ha")
                    .replaceAll("(?s)  hosts:.*", "")
                    .concat(
                            """
                              endpoint: {virtualIp: 198.18.0.100}
                              hosts:
                                - {name: e1, address: 198.18.0.11, roles: [etcd, load-balancer]}
                                - {name: e2, address: 198.18.0.12, roles: [etcd, load-balancer]}
                                - {name: e3, address: 198.18.0.13, roles: [etcd]}
                                - {name: s1, address: 198.18.0.14, roles: [control-plane]}
                                - {name: s2, address: 198.18.0.15, roles: [control-plane]}
                                - {name: s3, address: 198.18.0.16, roles: [control-plane]}
                                - {name: w1, address: 198.18.0.17, roles: [worker]}
                                - {name: w2, address: 198.18.0.18, roles: [worker]}
                            """);

    private Specs() {}

    public static ValidSpec ha() {
        return read(HA);
    }

    public static ValidSpec small() {
        return read(SMALL);
    }

    public static ValidSpec read(String yaml) {
        var read = new SpecReader(K3sKeys.standard()).read(yaml.getBytes(StandardCharsets.UTF_8));
        return read.spec().orElseThrow(() -> new AssertionError(read.problems().toString()));
    }

    /** A cluster of any size; every second server works too. */
    public static ValidSpec of(int etcd, int servers, int workers, boolean together) {
        return of(etcd, servers, workers, 0, together);
    }

    /** The same with load balancers on the last etcd hosts; two or more have a virtual IP. */
    public static ValidSpec of(
            int etcd, int servers, int workers, int balancers, boolean together) {
        var hosts = new ArrayList<HostSpec>();
        int next = 11;
        for (int i = 1; i <= etcd; i++) {
            var roles = new ArrayList<>(List.of(Role.ETCD));
            if (together && i <= servers) {
                roles.add(Role.CONTROL_PLANE);
            }
            if (i > etcd - balancers) {
                roles.add(Role.LOAD_BALANCER);
            }
            hosts.add(new HostSpec("e" + i, "198.18.0." + next++, roles, Map.of(), List.of()));
        }
        for (int i = together ? etcd + 1 : 1; i <= servers; i++) {
            hosts.add(
                    i % 2 == 0
                            ? new HostSpec(
                                    "s" + i,
                                    "198.18.0." + next++,
                                    List.of(Role.CONTROL_PLANE, Role.WORKER),
                                    Map.of(),
                                    List.of())
                            : host("s" + i, next++, Role.CONTROL_PLANE));
        }
        for (int i = 1; i <= workers; i++) {
            hosts.add(host("w" + i, next++, Role.WORKER));
        }
        var names = servers > 1 && balancers == 0 ? List.of("api.example.test") : List.<String>of();
        var virtualIp = balancers > 1 ? Optional.of("198.18.0.100") : Optional.<String>empty();
        return new ValidSpec(
                new ClusterSpec(
                        "random",
                        K3sVersion.parse("v1.34.1+k3s1").orElseThrow(),
                        Map.of(),
                        Map.of(),
                        EtcdVersion.parse("3.5.16").orElseThrow(),
                        new Network(
                                "flannel",
                                "vxlan",
                                List.of("198.19.0.0/17"),
                                List.of("198.19.128.0/17")),
                        new Endpoint(names, virtualIp),
                        Optional.empty(),
                        Registries.NONE,
                        List.of(),
                        hosts),
                1);
    }

    /** The same with other hosts. */
    public static ClusterSpec withHosts(ClusterSpec c, List<HostSpec> hosts) {
        return with(c, c.server(), hosts);
    }

    /** The same with other keys of k3s' servers. */
    public static ClusterSpec withServer(ClusterSpec c, Map<String, Object> server) {
        return with(c, server, c.hosts());
    }

    private static ClusterSpec with(
            ClusterSpec c, Map<String, Object> server, List<HostSpec> hosts) {
        return new ClusterSpec(
                c.name(),
                c.k3sVersion(),
                server,
                c.agent(),
                c.etcdVersion(),
                c.network(),
                c.endpoint(),
                c.loadBalancerPort(),
                c.registries(),
                c.pools(),
                hosts);
    }

    private static HostSpec host(String name, int last, Role role) {
        return new HostSpec(name, "198.18.0." + last, List.of(role), Map.of(), List.of());
    }
}
