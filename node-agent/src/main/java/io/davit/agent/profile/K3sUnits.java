package io.davit.agent.profile;

import java.util.List;
import java.util.regex.Pattern;

/**
 * The units of k3s, as its own install.sh writes them (K3s, commit 0136cf25), with the whole
 * configuration in the file below /etc/rancher/k3s.
 */
final class K3sUnits {

    static final String CONFIG = "/etc/rancher/k3s/config.yaml";
    static final String TOKEN = "/etc/rancher/k3s/token";
    static final String AGENT_TOKEN = "/etc/rancher/k3s/agent-token";

    private static final String TEMPLATE =
            """
            [Unit]
            Description=Lightweight Kubernetes (k3s %1$s), kept by Davit
            Documentation=https://k3s.io
            Wants=network-online.target
            After=network-online.target
            StartLimitIntervalSec=0

            [Service]
            Type=notify
            EnvironmentFile=-/etc/default/%%N
            EnvironmentFile=-/etc/sysconfig/%%N
            KillMode=process
            Delegate=yes
            User=root
            LimitNOFILE=1048576
            LimitNPROC=infinity
            LimitCORE=infinity
            TasksMax=infinity
            TimeoutStartSec=0
            Restart=always
            RestartSec=5s
            ExecStartPre=-/sbin/modprobe br_netfilter
            ExecStartPre=-/sbin/modprobe overlay
            {{?users-anew}}ExecStartPre=-/bin/rm -f /var/lib/rancher/k3s/server/cred/passwd
            ExecStart=/usr/local/bin/k3s %1$s

            [Install]
            WantedBy=multi-user.target
            """;

    /** Of servers and agents alike. */
    static final Probe KUBELET = new Probe.LoopbackGet("kubelet", 10248, "/healthz", "ok");

    private K3sUnits() {}

    static Slot registries(String role) {
        return Slot.of(
                        role + ".registries",
                        "/etc/rancher/k3s/registries.yaml",
                        0600,
                        "root",
                        "root",
                        new RegistriesValidator())
                .ifWanted();
    }

    /** What a node registers with; no unit starts anew for it. */
    static Slot marks(String role) {
        return Slot.of(
                        role + ".marks",
                        "/etc/rancher/k3s/config.yaml.d/50-davit-marks.yaml",
                        0600,
                        "root",
                        "root",
                        Validators::nodeMarks)
                .ifWanted();
    }

    /**
     * The users' file goes before each start. K3s keeps a copy of it in the datastore, as its first
     * server saved it, and never saves it again. A server whose file is newer than that copy and
     * differs from it, since the agent token has changed, dies at its start: "newer than datastore
     * and could cause a cluster outage". One without the file takes the copy and then sets both
     * passwords from its configuration (pkg/cluster/bootstrap.go and pkg/daemons/control/deps of
     * K3s). It needs no order among servers, and holds for a start by hand and for a reboot.
     */
    static Unit server(List<String> inputs) {
        return unit(
                "k3s",
                "server",
                List.of(new UnitParameter("users-anew", Pattern.compile("true|false"), false)),
                inputs);
    }

    static Unit agent(List<String> inputs) {
        return unit("k3s-agent", "agent", List.of(), inputs);
    }

    private static Unit unit(
            String name, String command, List<UnitParameter> parameters, List<String> inputs) {
        return new Unit(
                name,
                "/etc/systemd/system/" + name + ".service",
                TEMPLATE.formatted(command),
                parameters,
                inputs,
                Unit.Guard.NONE);
    }

    /**
     * As k3s-killall.sh and k3s-uninstall.sh have it (K3s, install.sh, commit 0136cf25), and what
     * Cilium and Calico leave: K3s' documentation has Cilium's interfaces go first, then its rules,
     * or the host loses its network. Deleting cilium_host takes its peer cilium_net along.
     */
    static Leftovers leftovers(String unit) {
        return new Leftovers(
                List.of("system.slice/" + unit + ".service", "kubepods.slice", "kubepods"),
                List.of(
                        "/run/k3s/",
                        "/var/lib/kubelet/pods/",
                        "/var/lib/kubelet/plugins/",
                        "/run/netns/cni-"),
                List.of("cni0"),
                List.of(
                        "cilium_host",
                        "cilium_net",
                        "cilium_vxlan",
                        "cilium_geneve",
                        "cilium_wg0",
                        "vxlan.calico",
                        "cni0",
                        "flannel.1",
                        "flannel-v6.1",
                        "flannel-wg",
                        "flannel-wg-v6",
                        "kube-ipvs0"),
                List.of("kube-", "cni-", "flannel", "cilium", "cali-", "cali:"),
                List.of("/usr/sbin", "/var/lib/rancher/k3s/data/current/bin/aux"),
                List.of("/run/k3s", "/run/flannel", "/var/lib/cni"),
                List.of("/var/lib/kubelet"));
    }

    static Artifact program() {
        return new Artifact(
                "k3s",
                new Artifact.Program(
                        "k3s",
                        List.of(
                                "/usr/local/bin/k3s",
                                "/usr/local/bin/kubectl",
                                "/usr/local/bin/crictl",
                                "/usr/local/bin/ctr")));
    }

    static Artifact images() {
        return new Artifact(
                "k3s-images",
                new Artifact.Copied(
                        "/var/lib/rancher/k3s/agent/images",
                        "[A-Za-z0-9][A-Za-z0-9._+-]{0,126}\\.tar(\\.gz|\\.zst)?"));
    }
}
