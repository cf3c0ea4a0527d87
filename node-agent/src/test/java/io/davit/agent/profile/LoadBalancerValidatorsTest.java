package io.davit.agent.profile;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class LoadBalancerValidatorsTest {

    /** HAProxy 2.6.12 -c calls this valid, and checks servers with it over mutual TLS. */
    static final String HAPROXY =
            """
            # written by Davit
            global
                log stdout format short local0 notice
                chroot /var/lib/haproxy
                user haproxy
                group haproxy
                maxconn 20000
                stats socket /run/haproxy/admin.sock mode 660 level admin expose-fd listeners
                stats timeout 30s
                hard-stop-after 10m
            defaults
                log global
                mode tcp
                option tcplog
                option clitcpka
                option srvtcpka
                option redispatch 1
                clitcpka-idle 60s
                srvtcpka-cnt 4
                timeout connect 5s
                timeout client 4h
                timeout server 4h
                timeout tunnel 4h
                timeout check 3s
            frontend k3s
                bind *:6443
                default_backend k3s
            backend k3s
                balance leastconn
                option httpchk GET /readyz
                http-check expect rstatus ^(200|401)$
                default-server check check-ssl verify required ca-file %s crt %s inter 2s fall 2 \
            rise 2 on-marked-down shutdown-sessions
                server s1 198.18.0.14:6443
                server s2 [fd00::14]:6443
            """
                    .formatted("/etc/haproxy/davit-server-ca.crt", "/etc/haproxy/davit-check.pem");

    static final String KEEPALIVED =
            """
            global_defs {
                router_id l1
                enable_script_security
                script_user keepalived_script
            }
            vrrp_script haproxy {
                script "/usr/bin/systemctl is-active --quiet haproxy"
                interval 2
                fall 2
                rise 2
            }
            vrrp_instance one {
                state BACKUP
                nopreempt
                interface eth0
                virtual_router_id 51
                priority 100
                advert_int 1
                unicast_src_ip 198.18.0.17
                unicast_peer {
                    198.18.0.18
                }
                virtual_ipaddress {
                    198.18.0.100/32 dev eth0
                }
                track_script {
                    haproxy
                }
            }
            """;

    private static void haproxy(String text) {
        new HaproxyConfigValidator().validate(text.getBytes(StandardCharsets.UTF_8));
    }

    private static void keepalived(String text) {
        new KeepalivedConfigValidator().validate(text.getBytes(StandardCharsets.UTF_8));
    }

    @Test
    void whatALoadBalancerNeedsIsAllowed() {
        assertThatCode(() -> haproxy(HAPROXY)).doesNotThrowAnyException();
        assertThatCode(() -> keepalived(KEEPALIVED)).doesNotThrowAnyException();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "global\n lua-load /tmp/x.lua",
                "global\n external-check",
                "global\n insecure-fork-wanted",
                "global\n user root",
                "global\n chroot /",
                "global\n server-state-file /etc/davit/token",
                "backend b\n load-server-state-from-file local",
                "global\n stats socket /tmp/x level admin",
                "global\n stats socket ipv4@0.0.0.0:9999 level admin",
                "global\n log 10.0.0.1 local0",
                "global\n setenv A b",
                "program x\n command /bin/sh",
                "listen x",
                "peers x",
                "userlist x",
                "cache x",
                "defaults\n errorfile 503 /etc/shadow",
                "defaults\n mode http",
                "defaults\n option external-check",
                "frontend k3s\n bind *:443 ssl crt /etc/haproxy/davit-check.pem",
                "frontend k3s\n bind /run/x.sock",
                "frontend k3s\n http-request lua.x",
                "frontend k3s\n use_backend other",
                "backend k3s\n external-check command /bin/sh",
                "backend k3s\n server s1 10.0.0.1:6443 crt /etc/other.pem",
                "backend k3s\n server s1 10.0.0.1:6443 verify none",
                "backend k3s\n server s1 10.0.0.1:6443 check-send-proxy",
                "backend k3s\n server s1 unix@/run/x.sock",
                "backend k3s\n server s1 \"10.0.0.1:6443\"",
                "backend k3s\n server s1 ${HOST}:6443",
                "backend k3s\n balance roundrobin # ok\\",
                "bind *:80",
                ".include /etc/shadow"
            })
    void anythingElseOfHaproxyIsRefusedWithItsLine(String text) {
        assertThatThrownBy(() -> haproxy(text))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageMatching("line [12]: .+");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "script \"/usr/bin/systemctl is-active --quiet haproxy\" | script \"/bin/sh -c x\"",
                "script \"/usr/bin/systemctl is-active --quiet haproxy\" | script /usr/bin/pidof"
                        + " haproxy",
                "nopreempt | notify /bin/sh",
                "nopreempt | notify_master \"/bin/sh\"",
                "nopreempt | include /etc/shadow",
                "router_id l1 | include /etc/shadow",
                "interval 2 | include /etc/shadow",
                "198.18.0.18 | include /etc/shadow",
                "198.18.0.100/32 dev eth0 | include /etc/shadow",
                "198.18.0.100/32 dev eth0 | 198.18.0.100/24 dev eth0",
                "198.18.0.100/32 dev eth0 | 198.18.0.100/32 dev eth0 label x",
                "198.18.0.18 | 198.18.0.18 include",
                "'    haproxy' | '    include /etc/shadow'",
                "'    haproxy' | '    include'",
                "global_defs { | include /etc/shadow",
                "global_defs { | include {",
                "global_defs { | vrrp_instance/unicast_peer {",
                "script \"/usr/bin/systemctl is-active --quiet haproxy\" | script",
                "router_id l1 | @l1 include /etc/shadow",
                "router_id l1 | net_namespace x",
                "router_id l1 | smtp_server 10.0.0.1",
                "global_defs { | virtual_server 10.0.0.1 80 {",
                "nopreempt | $X=1",
                "track_script { | authentication {",
            })
    void anythingElseOfKeepalivedIsRefused(String text, String replacement) {
        assertThatThrownBy(() -> keepalived(KEEPALIVED.replace(text, replacement)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageMatching("line \\d+: .+");
    }

    @Test
    void whatFollowsACarriageReturnIsNoComment() {
        assertThatThrownBy(() -> keepalived("# by Davit\rinclude /etc/shadow\n"))
                .hasMessageStartingWith("line 1: ");
    }

    @Test
    void addressesOfTheNewerProtocolAreAllowed() {
        keepalived(
                KEEPALIVED
                        .replace("198.18.0.18", "fd00::12")
                        .replace("198.18.0.100/32 dev", "fd00::100/128 dev"));
    }

    @Test
    void aBlockThatDoesNotEndIsRefused() {
        assertThatThrownBy(() -> keepalived("global_defs {\n"))
                .hasMessage("block global_defs does not end");
    }
}
