package io.davit.controller.role.loadbalancer;

import io.davit.common.Digests;
import io.davit.controller.spec.Cidr;
import io.davit.controller.spec.ClusterSpec;
import io.davit.controller.spec.ClusterSpec.HostSpec;
import io.davit.controller.spec.Role;
import java.nio.charset.StandardCharsets;
import java.util.List;

/**
 * The text of /etc/keepalived/keepalived.conf: one virtual IP, held by a load balancer whose
 * HAProxy runs.
 *
 * <ul>
 *   <li>All start as BACKUP with {@code nopreempt}: a host that comes back does not take the
 *       address away from one that serves.
 *   <li>Adverts go to the other load balancers by unicast, so they need no multicast and reach
 *       nobody else's VRRP.
 *   <li>Who is asked whether HAProxy runs is systemd: with script security on, keepalived 2.2.7
 *       calls {@code pidof} by the name that its link leads to, killall5, which does another thing.
 *   <li>The router id is the last octet of the virtual IP: unique in a /24 as the address is, over
 *       all clusters, without anybody counting.
 *   <li>The priority comes from the host's name, so that it stays when the list changes.
 * </ul>
 *
 * @see <a
 *     href="https://keepalived.readthedocs.io/en/latest/configuration_synopsis.html">keepalived</a>
 */
final class KeepalivedConfig {

    private KeepalivedConfig() {}

    /**
     * @param networkInterface the one that has the host's address
     */
    static String render(ClusterSpec spec, HostSpec host, String networkInterface) {
        String address = spec.endpoint().virtualIp().orElseThrow();
        List<String> peers =
                spec.hosts(Role.LOAD_BALANCER).stream()
                        .map(HostSpec::address)
                        .filter(peer -> !peer.equals(host.address()))
                        .toList();
        var text =
                new StringBuilder(
                        """
                        # written by davit-agent; a change by hand is undone by the next apply
                        global_defs {
                            enable_script_security
                            script_user root
                        }

                        vrrp_script haproxy {
                            script "/usr/bin/systemctl is-active --quiet haproxy"
                            interval 2
                            fall 2
                            rise 2
                        }

                        vrrp_instance k3s {
                            state BACKUP
                            nopreempt
                            advert_int 1
                        """);
        text.append("    interface ").append(networkInterface).append('\n');
        text.append("    virtual_router_id ").append(routerId(address)).append('\n');
        text.append("    priority ").append(priority(host.name())).append('\n');
        text.append("    unicast_src_ip ").append(host.address()).append('\n');
        if (!peers.isEmpty()) {
            text.append("    unicast_peer {\n");
            peers.forEach(peer -> text.append("        ").append(peer).append('\n'));
            text.append("    }\n");
        }
        text.append("    virtual_ipaddress {\n        ").append(address).append("/32 dev ");
        text.append(networkInterface).append("\n    }\n");
        text.append("    track_script {\n        haproxy\n    }\n}\n");
        return text.toString();
    }

    /** 1 to 255. */
    static int routerId(String virtualIp) {
        int last = (int) (Cidr.address(virtualIp).orElseThrow() & 255);
        return last == 0 ? 255 : last;
    }

    /** 50 to 249. */
    static int priority(String host) {
        String digest = Digests.sha256Hex(host.getBytes(StandardCharsets.UTF_8));
        return 50 + Integer.parseInt(digest.substring(0, 4), 16) % 200;
    }
}
