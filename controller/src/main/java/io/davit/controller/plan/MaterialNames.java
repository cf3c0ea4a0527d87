package io.davit.controller.plan;

import java.util.List;

/**
 * The names of what a cluster's material holds. Values of names that end in ".crt" or ".sha256" are
 * no secrets; all others are.
 */
public final class MaterialNames {

    /** PEM of the CA that signs etcd's server certificates and all its clients'. */
    public static final String ETCD_CA = "etcd/ca.crt";

    /** PEM of the CA that signs certificates for etcd's peer port, and nothing else. */
    public static final String ETCD_PEER_CA = "etcd/peer-ca.crt";

    /**
     * The k3s certificate authorities: "k3s/NAME.crt" is the certificate's PEM, "k3s/NAME.key" the
     * key's.
     */
    public static final List<String> K3S_CAS =
            List.of(
                    "server-ca",
                    "client-ca",
                    "request-header-ca",
                    "etcd-peer-ca",
                    "etcd-server-ca");

    /** PEM (PKCS#1 RSA) of the key that signs service account tokens. */
    public static final String K3S_SERVICE_KEY = "k3s/service.key";

    /** SHA-256, lower-case hex, of the exact bytes of "k3s/server-ca.crt". */
    public static final String K3S_SERVER_CA_HASH = "k3s/server-ca.sha256";

    /** Password in the servers' token. */
    public static final String K3S_SERVER_PASSWORD = "k3s/server-password";

    /** Password in the workers' token; the servers know it as agent-token. */
    public static final String K3S_AGENT_PASSWORD = "k3s/agent-password";

    private MaterialNames() {}

    public static String k3sCertificate(String authority) {
        return "k3s/" + authority + ".crt";
    }

    public static String k3sKey(String authority) {
        return "k3s/" + authority + ".key";
    }

    /** May this value be shown? */
    public static boolean isPublic(String name) {
        return name.endsWith(".crt") || name.endsWith(".sha256");
    }
}
