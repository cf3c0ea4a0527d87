package io.davit.agent.profile;

import io.davit.agent.profile.Action.NodeTask.Task;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;

/** A k3s server with an external datastore, its CAs placed before the first start. */
final class ControlPlaneProfile {

    private static final String TLS = "/var/lib/rancher/k3s/server/tls/";

    private static final Pattern UID = Pattern.compile("[A-Za-z0-9-]{1,64}");

    /** None where the node is only about to register. */
    private static final Pattern UID_OR_NONE = Pattern.compile("[A-Za-z0-9-]{0,64}");

    private static final Pattern MARKS = Pattern.compile("[A-Za-z0-9._/=,:;-]{1,16384}");
    private static final Pattern TRUE_OR_FALSE = Pattern.compile("true|false");
    private static final Duration LONGEST_DRAIN = Duration.ofHours(2);
    private static final Probe READYZ = new Probe.ApiChecks("readyz", "/readyz");

    private ControlPlaneProfile() {}

    static Profile profile() {
        return new ProfileBuilder("control-plane")
                .directories(
                        Directory.of("/etc/rancher", 0755, "root", "root"),
                        Directory.of("/etc/rancher/k3s", 0755, "root", "root"),
                        Directory.of("/etc/rancher/k3s/config.yaml.d", 0755, "root", "root"),
                        Directory.of("/etc/rancher/k3s/etcd", 0700, "root", "root"),
                        Directory.data("/var/lib/rancher", 0755, "root", "root"),
                        Directory.data("/var/lib/rancher/k3s", 0755, "root", "root"),
                        Directory.data("/var/lib/rancher/k3s/server", 0700, "root", "root"),
                        Directory.data("/var/lib/rancher/k3s/server/tls", 0700, "root", "root"),
                        Directory.data(
                                "/var/lib/rancher/k3s/server/tls/etcd", 0700, "root", "root"))
                .modules("br_netfilter", "overlay")
                .artifacts(K3sUnits.program(), K3sUnits.images())
                .slots(slots())
                .certificates(
                        CertificateSlot.of(
                                "control-plane.etcd-client",
                                "/etc/rancher/k3s/etcd/client",
                                "root",
                                "root"))
                .units(
                        K3sUnits.server(
                                List.of(
                                        "k3s",
                                        "control-plane.config",
                                        "control-plane.token",
                                        "control-plane.agent-token",
                                        "control-plane.etcd-ca",
                                        "control-plane.etcd-client",
                                        "control-plane.registries")))
                .ports(new Port(6443, false), new Port(6444, true), new Port(10250, false))
                .probes(
                        new Probe.TlsGet("ping", 6443, "/ping", TLS + "server-ca.crt", "pong"),
                        READYZ,
                        new Probe.UnitLog("log", "k3s"),
                        new Probe.Node("node-registered", false),
                        new Probe.Node("node-ready", true),
                        new Probe.NodeMarks("node-marks"))
                .watched(
                        new Probe.UnitActive("unit", "k3s"),
                        READYZ,
                        K3sUnits.KUBELET,
                        new Probe.OwnNode("own-node", K3sUnits.CONFIG),
                        new Probe.Nodes("nodes"))
                .actions(
                        node("cordon", Task.CORDON, Map.of("by", Probe.LABEL)),
                        node("uncordon", Task.UNCORDON, Map.of("by", Probe.LABEL)),
                        node("drain", Task.DRAIN, Map.of("force", TRUE_OR_FALSE)),
                        node("delete", Task.DELETE, Map.of()),
                        node("mark", Task.MARK, Map.of("marks", MARKS, "uid", UID_OR_NONE)))
                .leftovers(K3sUnits.leftovers("k3s"))
                .build();
    }

    private static Action node(String what, Task task, Map<String, Pattern> more) {
        var arguments = new HashMap<>(more);
        arguments.put("name", Probe.NODE);
        arguments.putIfAbsent("uid", UID);
        return new Action.NodeTask("node-" + what, arguments, LONGEST_DRAIN, task);
    }

    private static Slot[] slots() {
        var slots = new ArrayList<Slot>();
        slots.add(
                Slot.of(
                        "control-plane.config",
                        K3sUnits.CONFIG,
                        0600,
                        "root",
                        "root",
                        K3sConfigValidator.server()));
        slots.add(K3sUnits.registries("control-plane"));
        slots.add(K3sUnits.marks("control-plane"));
        slots.add(Slot.secret("control-plane.token", K3sUnits.TOKEN, Validators::k3sToken));
        slots.add(
                Slot.secret(
                        "control-plane.agent-token", K3sUnits.AGENT_TOKEN, Validators::k3sToken));
        slots.add(
                Slot.of(
                        "control-plane.etcd-ca",
                        "/etc/rancher/k3s/etcd/ca.crt",
                        0644,
                        "root",
                        "root",
                        Validators::certificates));
        for (String ca : List.of("server-ca", "client-ca", "request-header-ca")) {
            addCa(slots, ca, TLS + ca);
        }
        for (String ca : List.of("peer-ca", "server-ca")) {
            addCa(slots, "etcd-" + ca, TLS + "etcd/" + ca);
        }
        slots.add(
                Slot.secret(
                                "control-plane.service-key",
                                TLS + "service.key",
                                Validators::privateKey)
                        .once());
        return slots.toArray(Slot[]::new);
    }

    private static void addCa(List<Slot> slots, String name, String base) {
        slots.add(
                Slot.of(
                                "control-plane." + name + "-cert",
                                base + ".crt",
                                0644,
                                "root",
                                "root",
                                Validators::certificates)
                        .once());
        slots.add(
                Slot.secret("control-plane." + name + "-key", base + ".key", Validators::privateKey)
                        .once());
    }
}
