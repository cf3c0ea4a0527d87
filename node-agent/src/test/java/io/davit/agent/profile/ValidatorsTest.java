package io.davit.agent.profile;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;

final class ValidatorsTest {

    private static final String ETCD =
            """
            name: "m"
            data-dir: "/var/lib/etcd/abcd1234-0123456789abcdef0123456789abcdef"
            listen-peer-urls: "https://198.18.0.11:2380"
            listen-client-urls: "https://198.18.0.11:2379"
            listen-metrics-urls: "http://127.0.0.1:2381"
            initial-advertise-peer-urls: "https://198.18.0.11:2380"
            advertise-client-urls: "https://198.18.0.11:2379"
            initial-cluster: "m=https://198.18.0.11:2380"
            initial-cluster-state: "new"
            client-transport-security:
              cert-file: "/etc/etcd/pki/server.crt"
              key-file: "/etc/etcd/pki/server.key"
              trusted-ca-file: "/etc/etcd/pki/ca.crt"
              client-cert-auth: true
            peer-transport-security:
              cert-file: "/etc/etcd/pki/peer.crt"
              key-file: "/etc/etcd/pki/peer.key"
              trusted-ca-file: "/etc/etcd/pki/peer-ca.crt"
              client-cert-auth: true
            """;

    private static final String SERVER =
            """
            token-file: "/etc/rancher/k3s/token"
            agent-token-file: "/etc/rancher/k3s/agent-token"
            datastore-endpoint: "https://198.18.0.11:2379"
            datastore-cafile: "/etc/rancher/k3s/etcd/ca.crt"
            datastore-certfile: "/etc/rancher/k3s/etcd/client.crt"
            datastore-keyfile: "/etc/rancher/k3s/etcd/client.key"
            secrets-encryption: true
            tls-san:
              - "api.example.test"
            """;

    private static void accepted(Validator validator, String text) {
        assertThatCode(() -> validator.validate(text.getBytes(StandardCharsets.UTF_8)))
                .doesNotThrowAnyException();
    }

    private static void refused(Validator validator, String text, String why) {
        assertThatThrownBy(() -> validator.validate(text.getBytes(StandardCharsets.UTF_8)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining(why);
    }

    @Test
    void etcdsConfigurationIsHeldToItsKeysAndPaths() {
        var validator = new EtcdConfigValidator();
        accepted(validator, ETCD);
        refused(validator, ETCD + "wal-dir: \"/var/lib/etcd\"\n", "key wal-dir");
        refused(validator, ETCD + "unsafe-no-fsync: true\n", "key unsafe-no-fsync");
        refused(validator, ETCD.replace("/var/lib/etcd/abcd", "/var/lib/other/abcd"), "data-dir");
        refused(validator, ETCD.replace("/abcd1234-", "/../abcd1234-"), "data-dir");
        refused(validator, ETCD.replace("\"new\"", "\"newest\""), "initial-cluster-state");
        refused(validator, ETCD.replace("https://198.18.0.11:2379", "http://x:1"), "https");
        refused(validator, ETCD.replace("127.0.0.1:2381", "0.0.0.0:2381"), "listen-metrics-urls");
        refused(validator, ETCD.replace("/etc/etcd/pki/ca.crt", "/tmp/ca"), "trusted-ca-file");
        refused(
                validator,
                ETCD.replace("client-cert-auth: true", "client-cert-auth: false"),
                "auth");
        refused(validator, ETCD + "log-outputs:\n  - \"/etc/passwd\"\n", "log-outputs");
        refused(validator, ETCD + "\tx\n", "line 20");
    }

    @Test
    void k3sNeverGetsASecretOrAnotherDatastoreInItsConfiguration() {
        var server = K3sConfigValidator.server();
        accepted(server, SERVER);
        for (String key :
                List.of("token", "agent-token", "data-dir", "cluster-init", "server", "config")) {
            refused(server, SERVER + key + ": \"x\"\n", "key " + key + ": it is not allowed here");
        }
        refused(server, SERVER.replace("k3s/token\"", "k3s/other\""), "key token-file");
        refused(server, SERVER.replace("client.key", "other.key"), "key datastore-keyfile");

        var agent = K3sConfigValidator.agent();
        accepted(
                agent,
                "server: \"https://198.18.0.100:6443\"\ntoken-file: \"/etc/rancher/k3s/token\"\n");
        refused(agent, "server: \"https://198.18.0.100:6443\"\n", "key token-file");
        refused(agent, SERVER, "not allowed here");
    }

    @Test
    void tokensAndKeysAreHeldToTheirForms() {
        accepted(Validators::k3sToken, "K10" + "a1".repeat(32) + "::server:0123456789abcdef\n");
        refused(Validators::k3sToken, "0123456789abcdef0123456789", "K10<sha256>");
        refused(Validators::k3sToken, "K10" + "a1".repeat(32) + "::root:0123456789abcdef", "K10");
        accepted(
                Validators::privateKey,
                "-----BEGIN RSA PRIVATE KEY-----\nAAAA\n-----END RSA PRIVATE KEY-----\n");
        refused(Validators::privateKey, "-----BEGIN CERTIFICATE-----\n", "private key");
        refused(Validators::certificates, "nothing", "CERTIFICATE");
    }
}
