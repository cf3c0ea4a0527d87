package io.davit.controller.role.etcd;

import io.davit.common.ConfigYaml;
import io.davit.controller.plan.EtcdState.Member;
import io.davit.controller.release.EtcdVersion;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The text of a member's static configuration file.
 *
 * <p>etcd silently passes over keys that it does not know, so this table is the only thing that
 * keeps them right:
 *
 * <table>
 *   <caption>keys by version</caption>
 *   <tr><td>all</td><td>name, data-dir, listen-peer-urls, listen-client-urls, listen-metrics-urls,
 *       initial-advertise-peer-urls, advertise-client-urls, initial-cluster, initial-cluster-token,
 *       initial-cluster-state, enable-grpc-gateway, strict-reconfig-check, client-transport-security and
 *       peer-transport-security (cert-file, key-file, client-cert-auth, trusted-ca-file)</td></tr>
 *   <tr><td>3.4</td><td>experimental-initial-corrupt-check</td></tr>
 *   <tr><td>3.5</td><td>experimental-initial-corrupt-check, experimental-compact-hash-check-enabled,
 *       experimental-max-learners</td></tr>
 *   <tr><td>3.6 and later</td><td>feature-gates, max-learners</td></tr>
 * </table>
 *
 * @see <a href="https://etcd.io/docs/latest/op-guide/configuration/">etcd's configuration
 *     options</a>
 */
final class EtcdConfig {

    private static final String PKI = "/etc/etcd/pki/";

    /**
     * Two newcomers can catch up together; set from the start, since a later change restarts every
     * member.
     */
    private static final long MAX_LEARNERS = 2;

    private EtcdConfig() {}

    /**
     * @param dataDirectory name below /var/lib/etcd
     * @param members of the join record
     * @param state "new" until bootstrap is done, "existing" ever after (etcd-io/etcd#12227)
     */
    static String render(
            EtcdVersion version,
            Member member,
            String dataDirectory,
            List<Member> members,
            String token,
            String state) {
        var config = new LinkedHashMap<String, Object>();
        config.put("name", member.hostId().value());
        config.put("data-dir", "/var/lib/etcd/" + dataDirectory);
        config.put("listen-peer-urls", peerUrl(member));
        config.put("listen-client-urls", clientUrl(member));
        config.put("listen-metrics-urls", "http://127.0.0.1:2381");
        config.put("initial-advertise-peer-urls", peerUrl(member));
        config.put("advertise-client-urls", clientUrl(member));
        config.put(
                "initial-cluster",
                String.join(
                        ",",
                        members.stream().map(m -> m.hostId().value() + "=" + peerUrl(m)).toList()));
        config.put("initial-cluster-token", token);
        config.put("initial-cluster-state", state);
        config.put("strict-reconfig-check", true);
        config.put("enable-grpc-gateway", true);
        corruptionChecks(version, config);
        config.put("client-transport-security", security("server", "ca"));
        config.put("peer-transport-security", security("peer", "peer-ca"));
        return ConfigYaml.render(config);
    }

    private static void corruptionChecks(EtcdVersion version, Map<String, Object> config) {
        if (version.atLeast(3, 6)) {
            config.put("feature-gates", "InitialCorruptCheck=true,CompactHashCheck=true");
            config.put("max-learners", MAX_LEARNERS);
            return;
        }
        config.put("experimental-initial-corrupt-check", true);
        if (version.atLeast(3, 5)) {
            config.put("experimental-compact-hash-check-enabled", true);
            config.put("experimental-max-learners", MAX_LEARNERS);
        }
    }

    private static Map<String, Object> security(String certificate, String authority) {
        var section = new LinkedHashMap<String, Object>();
        section.put("cert-file", PKI + certificate + ".crt");
        section.put("key-file", PKI + certificate + ".key");
        section.put("client-cert-auth", true);
        section.put("trusted-ca-file", PKI + authority + ".crt");
        return section;
    }

    static String clientUrl(Member member) {
        return "https://" + member.address() + ":2379";
    }

    private static String peerUrl(Member member) {
        return "https://" + member.address() + ":2380";
    }
}
