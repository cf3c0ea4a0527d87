package io.davit.agent.profile;

import io.davit.agent.profile.Artifact.Archive;
import io.davit.agent.profile.Artifact.Member;
import io.davit.common.RestartInputs;
import java.util.List;
import java.util.regex.Pattern;

/**
 * A member of an etcd cluster. Its data directory is named by incarnation and member, so an old one
 * is never used again; a member that has joined does not start without its data.
 */
final class EtcdProfile {

    static final Pattern DATA_DIR = Pattern.compile("[a-z0-9]{8}-[0-9a-f]{32}");

    private static final String UNIT =
            """
            [Unit]
            Description=etcd, a member of a cluster kept by Davit
            Documentation=https://etcd.io/docs/
            Wants=network-online.target
            After=network-online.target
            StartLimitIntervalSec=0
            {{?joined}}AssertPathExists=/var/lib/etcd/{{data-dir}}/member

            [Service]
            Type=notify
            User=etcd
            Group=etcd
            ExecStart=/usr/local/bin/etcd --config-file /etc/etcd/etcd.yaml
            Restart=always
            RestartSec=2
            TimeoutStartSec=0
            LimitNOFILE=65536

            [Install]
            WantedBy=multi-user.target
            """;

    /** A linearizable read: it fails without a quorum, and with an alarm such as NOSPACE. */
    private static final Probe HEALTH =
            new Probe.LoopbackGet("health", 2381, "/health", "\"health\":\"true\"");

    private EtcdProfile() {}

    static Profile profile() {
        return new ProfileBuilder("etcd")
                .users(new SystemUser("etcd", "/var/lib/etcd"))
                .directories(
                        Directory.of("/etc/etcd", 0750, "root", "etcd"),
                        Directory.of("/etc/etcd/pki", 0750, "root", "etcd"),
                        Directory.data("/var/lib/etcd", 0700, "etcd", "etcd"))
                .artifacts(
                        new Artifact(
                                "etcd",
                                new Archive(
                                        List.of(
                                                new Member("etcd", true, "/usr/local/bin/etcd"),
                                                new Member(
                                                        "etcdctl", true, "/usr/local/bin/etcdctl"),
                                                new Member(
                                                        "etcdutl",
                                                        false,
                                                        "/usr/local/bin/etcdutl")))))
                .slots(
                        Slot.of(
                                RestartInputs.ETCD_CONFIG,
                                "/etc/etcd/etcd.yaml",
                                0640,
                                "root",
                                "etcd",
                                new EtcdConfigValidator()),
                        Slot.of(
                                "etcd.ca",
                                "/etc/etcd/pki/ca.crt",
                                0644,
                                "root",
                                "root",
                                Validators::certificates),
                        Slot.of(
                                "etcd.peer-ca",
                                "/etc/etcd/pki/peer-ca.crt",
                                0644,
                                "root",
                                "root",
                                Validators::certificates))
                .certificates(
                        CertificateSlot.of("etcd.server", "/etc/etcd/pki/server", "etcd", "etcd"),
                        CertificateSlot.of("etcd.peer", "/etc/etcd/pki/peer", "etcd", "etcd"))
                .units(
                        new Unit(
                                "etcd",
                                "/etc/systemd/system/etcd.service",
                                UNIT,
                                List.of(
                                        new UnitParameter("data-dir", DATA_DIR, false),
                                        new UnitParameter(
                                                "joined", Pattern.compile("true|false"), false)),
                                // etcd reads its certificates anew at each handshake
                                List.of("etcd", RestartInputs.ETCD_CONFIG),
                                Unit.Guard.ETCD_QUORUM))
                .ports(new Port(2379, false), new Port(2380, false), new Port(2381, true))
                .probes(
                        HEALTH,
                        new Probe.EtcdMember("member"),
                        new Probe.UnitLog("log", "etcd"),
                        new Probe.EtcdKey("bootstrap-key", "/bootstrap/"))
                .watched(
                        new Probe.UnitActive("unit", "etcd"),
                        HEALTH,
                        new Probe.EtcdNumbers("numbers"))
                .dataDirectories("/var/lib/etcd")
                .blobs(new Blob.EtcdSnapshot("snapshot"))
                .build();
    }
}
