package io.davit.controller.role.loadbalancer;

import io.davit.controller.spec.ClusterSpec;
import io.davit.controller.spec.ClusterSpec.HostSpec;
import io.davit.controller.spec.Role;

/**
 * The text of /etc/haproxy/haproxy.cfg: TCP passthrough to every server, so that TLS and client
 * certificates end at the apiserver.
 *
 * <ul>
 *   <li>A server is up when GET /readyz answers 200 to the check certificate. 401 counts too, so
 *       that a check certificate that has ended degrades the check and does not take the cluster
 *       down; a server that has lost etcd's quorum answers 500 (seen with k3s v1.21).
 *   <li>A connection that a server refuses is tried at another one.
 *   <li>Idle connections live for a day (kubernetes/kubernetes#70411: logs -f, exec, watches); TCP
 *       keepalive finds the dead ones.
 *   <li>A reload hands the listening socket on, so that no connection is lost in between. A server
 *       that was not up before it, or is new, begins as down: the agent says so in the server state
 *       file.
 * </ul>
 *
 * Every value comes from a field with a closed grammar; nothing of a spec is copied in as it is.
 *
 * @see <a href="https://docs.k3s.io/datastore/cluster-loadbalancer">Cluster Load Balancer</a>
 */
final class HaproxyConfig {

    /** The backend's name, which the agent's actions know too. */
    private static final String BACKEND = "k3s";

    private HaproxyConfig() {}

    static String render(ClusterSpec spec) {
        var text =
                new StringBuilder(
                        """
                        # written by davit-agent; a change by hand is undone by the next apply
                        global
                            log stdout format short local0 notice
                            chroot /var/lib/haproxy
                            user haproxy
                            group haproxy
                            stats socket /run/haproxy/admin.sock mode 600 level admin expose-fd listeners
                            stats timeout 30s
                            server-state-file /run/davit-haproxy-servers
                            hard-stop-after 10m

                        defaults
                            mode tcp
                            log global
                            option dontlognull
                            option redispatch 1
                            retries 3
                            timeout connect 4s
                            timeout check 5s
                            timeout queue 10s
                            timeout client 24h
                            timeout server 24h
                            timeout tunnel 24h
                            option clitcpka
                            option srvtcpka
                            clitcpka-idle 60s
                            clitcpka-intvl 15s
                            clitcpka-cnt 4
                            srvtcpka-idle 60s
                            srvtcpka-intvl 15s
                            srvtcpka-cnt 4

                        """);
        text.append("frontend k3s-api\n    bind *:").append(spec.balancerPort()).append('\n');
        text.append("    default_backend ").append(BACKEND).append("\n\n");
        text.append("backend ").append(BACKEND).append('\n');
        text.append(
                """
                    balance leastconn
                    load-server-state-from-file global
                    option httpchk GET /readyz
                    http-check expect rstatus ^(200|401)$
                    default-server check check-ssl verify required ca-file /etc/haproxy/davit-server-ca.crt crt /etc/haproxy/davit-check.pem inter 2s fastinter 1s downinter 2s fall 2 rise 2 on-marked-down shutdown-sessions
                """);
        for (HostSpec server : spec.hosts(Role.CONTROL_PLANE)) {
            text.append("    server ")
                    .append(server.name())
                    .append(' ')
                    .append(server.address())
                    .append(':')
                    .append(ClusterSpec.API_PORT)
                    .append('\n');
        }
        return text.toString();
    }
}
