package io.davit.agent.profile;

import java.util.List;

/** A k3s agent that joins by the cluster's endpoint. */
final class WorkerProfile {

    private WorkerProfile() {}

    static Profile profile() {
        return new ProfileBuilder("worker")
                .directories(
                        Directory.of("/etc/rancher", 0755, "root", "root"),
                        Directory.of("/etc/rancher/k3s", 0755, "root", "root"),
                        Directory.of("/etc/rancher/k3s/config.yaml.d", 0755, "root", "root"),
                        Directory.data("/var/lib/rancher", 0755, "root", "root"),
                        Directory.data("/var/lib/rancher/k3s", 0755, "root", "root"))
                .modules("br_netfilter", "overlay")
                .artifacts(K3sUnits.program(), K3sUnits.images())
                .slots(
                        Slot.of(
                                "worker.config",
                                K3sUnits.CONFIG,
                                0600,
                                "root",
                                "root",
                                K3sConfigValidator.agent()),
                        K3sUnits.registries("worker"),
                        K3sUnits.marks("worker"),
                        Slot.secret("worker.token", K3sUnits.TOKEN, Validators::k3sToken))
                .units(
                        K3sUnits.agent(
                                List.of(
                                        "k3s",
                                        "worker.config",
                                        "worker.token",
                                        "worker.registries")))
                .ports(new Port(10250, false))
                .probes(
                        K3sUnits.KUBELET,
                        new Probe.K3sEndpoint("endpoint", K3sUnits.TOKEN),
                        new Probe.UnitLog("log", "k3s-agent"))
                .watched(
                        new Probe.UnitActive("unit", "k3s-agent"),
                        K3sUnits.KUBELET,
                        new Probe.OwnEndpoint("own-endpoint", K3sUnits.CONFIG, K3sUnits.TOKEN))
                .leftovers(K3sUnits.leftovers("k3s-agent"))
                .build();
    }
}
