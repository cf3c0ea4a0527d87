package io.davit.agent.profile;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * HAProxy before the API servers, and keepalived for its address where there is more than one. Both
 * are packages of the OS: HAProxy publishes no binary archive.
 */
final class LoadBalancerProfile {

    static final String CONFIG = "/etc/haproxy/haproxy.cfg";
    static final String SERVER_CA = "/etc/haproxy/davit-server-ca.crt";
    static final String CHECK_CERTIFICATE = "/etc/haproxy/davit-check.pem";
    static final String SOCKET = "/run/haproxy/admin.sock";

    /** Gone with a reboot, after which nobody has seen any server. */
    static final String SERVER_STATE = "/run/davit-haproxy-servers";

    /** The backend of the API servers. */
    static final String BACKEND = "k3s";

    private static final String HAPROXY =
            """
            [Unit]
            StartLimitIntervalSec=0

            [Service]
            ExecStartPre=-/bin/sh -c 'echo 1 >%s'
            Restart=always
            RestartSec=2
            NoNewPrivileges=yes
            ProtectHome=yes
            """
                    .formatted(SERVER_STATE);

    private static final String KEEPALIVED =
            """
            [Unit]
            StartLimitIntervalSec=0

            [Service]
            Restart=always
            RestartSec=2
            """;

    /**
     * Short requests end within these seconds; watches and logs never do, and are not waited for.
     */
    private static final Action.Settled SESSIONS_END =
            new Action.Settled(
                    new Action.Question(
                            "show stat " + BACKEND + " 4 -1",
                            "^" + BACKEND + ",{{server}},\\d*,\\d*,0,"),
                    Duration.ofSeconds(5));

    private static final Probe SERVING =
            new Probe.HaproxyServing("haproxy-serving", "haproxy", SOCKET, BACKEND);

    private LoadBalancerProfile() {}

    static Profile profile() {
        return new ProfileBuilder("load-balancer")
                .packages(
                        new OsPackage("haproxy", "haproxy"),
                        new OsPackage("keepalived", "keepalived"))
                .directories(
                        Directory.of("/etc/systemd/system/haproxy.service.d", 0755, "root", "root"),
                        Directory.of(
                                "/etc/systemd/system/keepalived.service.d", 0755, "root", "root"))
                .slots(
                        Slot.of(
                                        "load-balancer.haproxy-config",
                                        CONFIG,
                                        0640,
                                        "root",
                                        "haproxy",
                                        new HaproxyConfigValidator())
                                .judgedBy(
                                        new OutsideJudge(
                                                "/usr/sbin/haproxy",
                                                List.of("-c", "-f"),
                                                "haproxy",
                                                List.of(
                                                        SERVER_CA,
                                                        CHECK_CERTIFICATE,
                                                        CHECK_CERTIFICATE + ".key"))),
                        Slot.of(
                                "load-balancer.server-ca",
                                SERVER_CA,
                                0644,
                                "root",
                                "root",
                                Validators::certificates),
                        Slot.of(
                                "load-balancer.keepalived-config",
                                "/etc/keepalived/keepalived.conf",
                                0640,
                                "root",
                                "root",
                                new KeepalivedConfigValidator()))
                .certificates(
                        // HAProxy looks for the key beside it, under the same name and .key
                        new CertificateSlot(
                                "load-balancer.check-client",
                                CHECK_CERTIFICATE,
                                0644,
                                CHECK_CERTIFICATE + ".key",
                                0640,
                                "root",
                                "haproxy"))
                .units(
                        Unit.dropIn(
                                        "haproxy",
                                        HAPROXY,
                                        List.of(
                                                "load-balancer.haproxy-config",
                                                "load-balancer.server-ca",
                                                "load-balancer.check-client"))
                                .telling(new UnseenServers(SOCKET, BACKEND, CONFIG, SERVER_STATE)),
                        Unit.dropIn(
                                "keepalived",
                                KEEPALIVED,
                                List.of("load-balancer.keepalived-config")))
                .actions(
                        state("lb-drain", "drain", "8", Optional.of(SESSIONS_END)),
                        state("lb-ready", "ready", "0", Optional.empty()))
                .probes(
                        SERVING,
                        new Probe.UnitLog("log", "haproxy"),
                        new Probe.HaproxyServer("lb-backend-up", SOCKET, BACKEND, false),
                        new Probe.HaproxyServer("lb-backend-idle", SOCKET, BACKEND, true),
                        new Probe.UnitActive("keepalived-serving", "keepalived"))
                .watched(
                        SERVING,
                        new Probe.HaproxyBackends("backends", SOCKET, BACKEND),
                        new Probe.VirtualIp(
                                "virtual-ip", "keepalived", "/etc/keepalived/keepalived.conf"))
                .build();
    }

    /**
     * @param administrative the server's administrative state afterwards (management guide, {@code
     *     show servers state}: 8 is a forced drain)
     */
    private static Action state(
            String name, String state, String administrative, Optional<Action.Settled> settled) {
        return new Action.UnixSocketLine(
                name,
                Map.of("server", Probe.LABEL),
                Duration.ofSeconds(20),
                SOCKET,
                "set server " + BACKEND + "/{{server}} state " + state,
                Optional.of(
                        new Action.Question(
                                "show servers state " + BACKEND,
                                "^\\d+ %s \\d+ {{server}} \\S+ \\d+ %s "
                                        .formatted(BACKEND, administrative))),
                settled);
    }
}
