package io.davit.controller.role.worker;

import io.davit.common.ConfigYaml;
import io.davit.common.K3sKeys;
import io.davit.controller.role.Endpoint;
import io.davit.controller.spec.ClusterSpec;
import io.davit.controller.spec.ClusterSpec.HostSpec;
import java.util.LinkedHashMap;

/**
 * The text of a worker's /etc/rancher/k3s/config.yaml: no secret and no key of a server.
 *
 * @see <a href="https://docs.k3s.io/cli/agent">k3s agent</a>
 */
final class WorkerConfig {

    private WorkerConfig() {}

    static String render(K3sKeys keys, ClusterSpec spec, HostSpec host) {
        var config = new LinkedHashMap<String, Object>(spec.agent());
        config.put("server", Endpoint.of(spec).url());
        config.put("token-file", "/etc/rancher/k3s/token");
        config.put("node-name", host.name());
        config.put("node-ip", host.address());
        String version = spec.k3sVersion().toString();
        config.keySet().removeIf(key -> !keys.has(version, K3sKeys.Kind.AGENT, key));
        return ConfigYaml.render(config);
    }
}
