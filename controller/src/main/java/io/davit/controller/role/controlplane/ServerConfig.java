package io.davit.controller.role.controlplane;

import io.davit.common.ConfigYaml;
import io.davit.common.K3sKeys;
import io.davit.controller.spec.Cidr;
import io.davit.controller.spec.ClusterSpec;
import io.davit.controller.spec.ClusterSpec.HostSpec;
import io.davit.controller.spec.Role;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The text of a server's /etc/rancher/k3s/config.yaml. It holds no secret; tokens are in files of
 * their own.
 *
 * <p>What a spec passes through comes first and is never one of the keys that follow. A key is
 * written only for K3s versions that have it, since an unknown key stops k3s.
 *
 * @see <a href="https://docs.k3s.io/cli/server">k3s server</a>
 */
final class ServerConfig {

    private static final String ETCD = "/etc/rancher/k3s/etcd/";

    private ServerConfig() {}

    static String render(K3sKeys keys, ClusterSpec spec, HostSpec host) {
        var config = new LinkedHashMap<String, Object>();
        config.putAll(spec.agent());
        config.putAll(spec.server());
        config.put("token-file", "/etc/rancher/k3s/token");
        config.put("agent-token-file", "/etc/rancher/k3s/agent-token");
        config.put("datastore-endpoint", datastore(spec));
        config.put("datastore-cafile", ETCD + "ca.crt");
        config.put("datastore-certfile", ETCD + "client.crt");
        config.put("datastore-keyfile", ETCD + "client.key");
        config.put("tls-san", names(spec, host));
        config.put("node-name", host.name());
        config.put("node-ip", host.address());
        config.put("cluster-cidr", String.join(",", spec.network().clusterCidrs()));
        config.put("service-cidr", String.join(",", spec.network().serviceCidrs()));
        config.put("cluster-dns", dns(spec));
        network(config, spec);
        config.put("secrets-encryption", true);
        config.put("write-kubeconfig-mode", "0600");
        String version = spec.k3sVersion().toString();
        config.keySet().removeIf(key -> !keys.has(version, K3sKeys.Kind.SERVER, key));
        return ConfigYaml.render(config);
    }

    private static String datastore(ClusterSpec spec) {
        return String.join(
                ",",
                spec.hosts(Role.ETCD).stream()
                        .map(member -> "https://" + member.address() + ":2379")
                        .toList());
    }

    /**
     * Load balancers' addresses only without name and virtual IP, so that an added one restarts
     * nobody.
     */
    private static List<String> names(ClusterSpec spec, HostSpec host) {
        var names = new ArrayList<>(spec.endpoint().names());
        spec.endpoint().virtualIp().ifPresent(names::add);
        if (names.isEmpty()) {
            spec.hosts(Role.LOAD_BALANCER).forEach(balancer -> names.add(balancer.address()));
        }
        if (!names.contains(host.address())) {
            names.add(host.address());
        }
        return names;
    }

    /** The tenth address of the service range, as k3s itself would take it. */
    private static String dns(ClusterSpec spec) {
        return Cidr.parse(spec.network().serviceCidrs().getFirst()).orElseThrow().address(10);
    }

    private static void network(Map<String, Object> config, ClusterSpec spec) {
        if (spec.network().cni().equals("none")) {
            config.put("flannel-backend", "none");
            config.put("disable-network-policy", true);
        } else {
            config.put("flannel-backend", spec.network().flannelBackend());
        }
    }
}
