package io.davit.controller.spec;

import io.davit.common.K3sKeys;
import io.davit.common.Names;
import io.davit.common.Nearest;
import io.davit.controller.release.K3sVersion;
import io.davit.controller.spec.ClusterSpec.Network;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/**
 * The k3s keys that a spec may set: those that this K3s version has, without those that Davit sets
 * itself and those that make no sense beside it (embedded etcd, secrets in plain sight, other
 * places for files).
 */
final class Passthrough {

    /** Set by Davit from other fields, or never to be set. */
    static final Set<String> OWNED =
            Set.of(
                    "token",
                    "token-file",
                    "agent-token",
                    "agent-token-file",
                    "server",
                    "cluster-secret",
                    "cluster-init",
                    "cluster-reset",
                    "cluster-reset-restore-path",
                    "datastore-endpoint",
                    "datastore-cafile",
                    "datastore-certfile",
                    "datastore-keyfile",
                    "kine-tls",
                    "tls-san",
                    "node-name",
                    "with-node-id",
                    "node-ip",
                    "node-label",
                    "node-taint",
                    "cluster-cidr",
                    "service-cidr",
                    "cluster-dns",
                    "flannel-backend",
                    "no-flannel",
                    "no-deploy",
                    "secrets-encryption",
                    "write-kubeconfig",
                    "write-kubeconfig-mode",
                    "write-kubeconfig-group",
                    "data-dir",
                    "config",
                    "bind-address",
                    "https-listen-port",
                    "advertise-address",
                    "advertise-port",
                    "disable-agent",
                    "disable-apiserver",
                    "disable-controller-manager",
                    "disable-etcd",
                    "disable-selinux",
                    "rootless",
                    "log",
                    "alsologtostderr",
                    "default-local-storage-path",
                    "image-credential-provider-bin-dir",
                    "private-registry",
                    "vpn-auth",
                    "vpn-auth-file");

    private final K3sKeys keys;

    Passthrough(K3sKeys keys) {
        this.keys = keys;
    }

    /** Reads {@code k3s.server} or {@code k3s.agent}. */
    Map<String, Object> read(
            FieldReader k3s, String part, Optional<K3sVersion> version, ProblemList problems) {
        var values = new TreeMap<String, Object>();
        var kind = part.equals("server") ? K3sKeys.Kind.SERVER : K3sKeys.Kind.AGENT;
        k3s.valueMap(part)
                .forEach((key, found) -> {
                    String shown = Names.printable(key);
                    if (OWNED.contains(key) || key.startsWith("etcd-")) {
                        problems.add(
                                found.place(),
                                found.path(),
                                "owned-key",
                                "k3s key \"" + shown + "\" is set by Davit itself",
                                "leave it out; the spec has a field of its own where it is a"
                                        + " choice");
                    } else if (version.isPresent()
                            && !keys.has(version.get().toString(), kind, key)) {
                        problems.add(
                                found.place(),
                                found.path(),
                                "unknown-k3s-key",
                                "K3s "
                                        + version.get()
                                        + " has no key \""
                                        + shown
                                        + "\" for its "
                                        + part
                                        + Nearest.hint(
                                                key, keys.keys(version.get().toString(), kind)),
                                "an unknown key stops k3s; see the reference of this version");
                    } else if (Writable.check(
                            found.value(), found.place(), found.path(), "k3s-value", problems)) {
                        values.put(key, found.value());
                    }
                });
        return values;
    }

    void checkAgainstCni(
            Map<String, Object> server, Network network, ProblemList problems, Places places) {
        if (network.cni().equals("none") && server.containsKey("disable-network-policy")) {
            String path = "k3s.server.disable-network-policy";
            problems.add(
                    places.of(path),
                    path,
                    "owned-key",
                    "\"disable-network-policy\" follows from \"cni: none\"",
                    "leave it out");
        }
    }
}
