package io.davit.agent.profile;

import io.davit.common.Names;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * The configuration file of a k3s server or agent. Secrets and certificates are named by file, and
 * by no other file than the profile's; what would move k3s's own data, make it its own datastore or
 * put a secret into this file is refused. Which of the other keys a version has is the controller's
 * table; k3s stops at a key it does not know.
 */
final class K3sConfigValidator implements Validator {

    private static final Pattern KEY = Pattern.compile("[a-z][a-z0-9]*(-[a-z0-9]+)*");

    private static final Set<String> NEVER =
            Set.of(
                    "token",
                    "agent-token",
                    "cluster-secret",
                    "config",
                    "data-dir",
                    "cluster-init",
                    "cluster-reset",
                    "cluster-reset-restore-path",
                    "rootless",
                    "log",
                    "alsologtostderr",
                    "write-kubeconfig",
                    "default-local-storage-path",
                    "image-credential-provider-bin-dir");

    private final Map<String, String> fixed;
    private final Set<String> refused;

    private K3sConfigValidator(Map<String, String> fixed, Set<String> refused) {
        this.fixed = fixed;
        this.refused = refused;
    }

    static K3sConfigValidator server() {
        return new K3sConfigValidator(
                Map.of(
                        "token-file", K3sUnits.TOKEN,
                        "agent-token-file", K3sUnits.AGENT_TOKEN,
                        "datastore-cafile", "/etc/rancher/k3s/etcd/ca.crt",
                        "datastore-certfile", "/etc/rancher/k3s/etcd/client.crt",
                        "datastore-keyfile", "/etc/rancher/k3s/etcd/client.key"),
                Set.of("server"));
    }

    static K3sConfigValidator agent() {
        return new K3sConfigValidator(
                Map.of("token-file", K3sUnits.TOKEN),
                Set.of("agent-token-file", "datastore-endpoint"));
    }

    @Override
    public void validate(byte[] content) {
        var config = Validators.configYaml(content);
        for (String key : config.keySet()) {
            if (!KEY.matcher(key).matches() || NEVER.contains(key) || refused.contains(key)) {
                throw new IllegalArgumentException(
                        "key " + Names.printable(key) + ": it is not allowed here");
            }
        }
        fixed.forEach((key, path) -> {
            if (!path.equals(config.get(key))) {
                throw new IllegalArgumentException("key " + key + ": " + path + " is needed");
            }
        });
    }
}
