package io.davit.cli.kubeconfig;

import io.davit.common.Secret;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Map;

/** What a kubeconfig of ours gives: where, whom to trust, and who one is. */
public record Access(String server, String caPem, String certificatePem, Secret keyPem) {

    /**
     * Reads a kubeconfig with everything inside.
     *
     * @param name of its cluster and user
     */
    public static Access of(String kubeconfig, String name) throws UnreadableKubeconfigException {
        Map<?, ?> data = KubeconfigYaml.data(kubeconfig);
        Map<?, ?> cluster = inner(data, "clusters", "cluster", name);
        Map<?, ?> user = inner(data, "users", "user", name);
        return new Access(
                String.valueOf(cluster.get("server")),
                text(cluster, "certificate-authority-data"),
                text(user, "client-certificate-data"),
                Secret.of(decoded(user, "client-key-data")));
    }

    private static Map<?, ?> inner(Map<?, ?> data, String list, String key, String name)
            throws UnreadableKubeconfigException {
        var entry = KubeconfigYaml.entry(data, list, name);
        if (entry.isPresent() && entry.get().get(key) instanceof Map<?, ?> inner) {
            return inner;
        }
        throw new UnreadableKubeconfigException(0, "it has no " + key + " " + name);
    }

    private static String text(Map<?, ?> map, String key) throws UnreadableKubeconfigException {
        return new String(decoded(map, key), StandardCharsets.UTF_8);
    }

    private static byte[] decoded(Map<?, ?> map, String key) throws UnreadableKubeconfigException {
        try {
            return Base64.getDecoder().decode(String.valueOf(map.get(key)));
        } catch (IllegalArgumentException e) {
            throw new UnreadableKubeconfigException(0, key + " is no base64");
        }
    }
}
