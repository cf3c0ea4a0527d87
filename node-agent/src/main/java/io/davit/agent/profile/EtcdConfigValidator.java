package io.davit.agent.profile;

import io.davit.common.Names;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * etcd's static configuration file. etcd itself passes over keys it does not know without a word,
 * so this list is the only judge of them. Paths are the profile's; clients and peers must show a
 * certificate; the listener without TLS is on loopback.
 *
 * <p>Keys: etcd {@code server/embed/config.go}, 3.4 to 3.6.
 */
final class EtcdConfigValidator implements Validator {

    private static final Set<String> KEYS =
            Set.of(
                    "name",
                    "data-dir",
                    "listen-peer-urls",
                    "listen-client-urls",
                    "listen-metrics-urls",
                    "initial-advertise-peer-urls",
                    "advertise-client-urls",
                    "initial-cluster",
                    "initial-cluster-token",
                    "initial-cluster-state",
                    "strict-reconfig-check",
                    "client-transport-security",
                    "peer-transport-security",
                    "tls-min-version",
                    "cipher-suites",
                    "heartbeat-interval",
                    "election-timeout",
                    "initial-election-tick-advance",
                    "snapshot-count",
                    "max-snapshots",
                    "max-wals",
                    "max-txn-ops",
                    "max-request-bytes",
                    "quota-backend-bytes",
                    "auto-compaction-mode",
                    "auto-compaction-retention",
                    "enable-grpc-gateway",
                    "enable-v2",
                    "pre-vote",
                    "metrics",
                    "logger",
                    "log-level",
                    "log-outputs",
                    "max-learners",
                    "feature-gates",
                    "experimental-max-learners",
                    "experimental-initial-corrupt-check",
                    "experimental-compact-hash-check-enabled",
                    "experimental-compact-hash-check-time",
                    "experimental-corrupt-check-time",
                    "corrupt-check-time",
                    "compact-hash-check-time");

    private static final Set<String> SECURITY_KEYS =
            Set.of(
                    "cert-file",
                    "key-file",
                    "client-cert-auth",
                    "trusted-ca-file",
                    "allowed-hostname",
                    "allowed-hostnames");

    private static final Pattern HTTPS_URLS =
            Pattern.compile("https://[0-9a-zA-Z.:\\[\\]-]+:[0-9]{1,5}(,https://[^,\\s]+)*");

    @Override
    public void validate(byte[] content) {
        var config = Validators.configYaml(content);
        for (String key : config.keySet()) {
            if (!KEYS.contains(key)) {
                throw wrong(key, "it is not a key that Davit writes");
            }
        }
        String dataDir = text(config, "data-dir");
        if (!dataDir.startsWith("/var/lib/etcd/")
                || !EtcdProfile.DATA_DIR
                        .matcher(dataDir.substring("/var/lib/etcd/".length()))
                        .matches()) {
            throw wrong("data-dir", "/var/lib/etcd/<incarnation>-<member> is needed", dataDir);
        }
        if (!List.of("new", "existing").contains(text(config, "initial-cluster-state"))) {
            throw wrong(
                    "initial-cluster-state",
                    "new or existing is needed",
                    text(config, "initial-cluster-state"));
        }
        for (String urls :
                List.of(
                        "listen-peer-urls",
                        "listen-client-urls",
                        "initial-advertise-peer-urls",
                        "advertise-client-urls")) {
            if (!HTTPS_URLS.matcher(text(config, urls)).matches()) {
                throw wrong(urls, "https URLs with a port are needed", text(config, urls));
            }
        }
        if (config.containsKey("listen-metrics-urls")
                && !text(config, "listen-metrics-urls").equals("http://127.0.0.1:2381")) {
            throw wrong(
                    "listen-metrics-urls",
                    "http://127.0.0.1:2381 is needed",
                    text(config, "listen-metrics-urls"));
        }
        if (config.get("log-outputs") instanceof List<?> outputs
                && !Set.of("stderr", "stdout", "default").containsAll(outputs)) {
            throw wrong("log-outputs", "only stderr, stdout and default are allowed");
        }
        security(config, "client-transport-security", "server", "ca.crt");
        security(config, "peer-transport-security", "peer", "peer-ca.crt");
    }

    private static void security(
            Map<String, Object> config, String section, String certificate, String ca) {
        if (!(config.get(section) instanceof Map<?, ?> values)) {
            throw wrong(section, "this section is needed");
        }
        for (Object key : values.keySet()) {
            if (!SECURITY_KEYS.contains((String) key)) {
                throw wrong(section + "." + key, "it is not a key that Davit writes");
            }
        }
        needs(values, section, "cert-file", "/etc/etcd/pki/" + certificate + ".crt");
        needs(values, section, "key-file", "/etc/etcd/pki/" + certificate + ".key");
        needs(values, section, "trusted-ca-file", "/etc/etcd/pki/" + ca);
        needs(values, section, "client-cert-auth", true);
    }

    private static void needs(Map<?, ?> values, String section, String key, Object wanted) {
        if (!wanted.equals(values.get(key))) {
            throw wrong(section + "." + key, wanted + " is needed");
        }
    }

    private static String text(Map<String, Object> config, String key) {
        if (config.get(key) instanceof String text) {
            return text;
        }
        throw wrong(key, "a string is needed");
    }

    private static IllegalArgumentException wrong(String key, String why) {
        return new IllegalArgumentException("key " + Names.printable(key) + ": " + why);
    }

    private static IllegalArgumentException wrong(String key, String why, String value) {
        return wrong(key, "\"" + Names.printable(value) + "\", but " + why);
    }
}
