package io.davit.controller.report;

import io.davit.common.Secret;
import java.nio.charset.StandardCharsets;
import java.util.Base64;

/**
 * A kubeconfig with a client certificate of the cluster's own client CA (K3S.md §19: such a
 * certificate with {@code O=system:masters} is an administrator's). Context, cluster and user are
 * named after the cluster.
 */
public final class Kubeconfig {

    private Kubeconfig() {}

    /**
     * @param cluster an RFC 1123 label
     * @param server {@code https://host:port}
     * @param serverCaPem the CA that signs the servers' certificates
     * @param certificatePem the client's, leaf first
     */
    public static String of(
            String cluster,
            String server,
            String serverCaPem,
            String certificatePem,
            Secret keyPem) {
        return """
        apiVersion: v1
        kind: Config
        clusters:
        - name: "%1$s"
          cluster:
            server: %2$s
            certificate-authority-data: %3$s
        users:
        - name: "%1$s"
          user:
            client-certificate-data: %4$s
            client-key-data: %5$s
        contexts:
        - name: "%1$s"
          context:
            cluster: "%1$s"
            user: "%1$s"
        current-context: "%1$s"
        """
                .formatted(
                        cluster,
                        server,
                        base64(serverCaPem.getBytes(StandardCharsets.UTF_8)),
                        base64(certificatePem.getBytes(StandardCharsets.UTF_8)),
                        base64(keyPem.reveal()));
    }

    private static String base64(byte[] bytes) {
        return Base64.getEncoder().encodeToString(bytes);
    }
}
