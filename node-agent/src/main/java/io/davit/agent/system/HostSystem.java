package io.davit.agent.system;

import java.nio.file.Path;

/** All seams of one host. */
public record HostSystem(
        HostFiles files,
        Systemd systemd,
        Processes processes,
        TransientUnits transientUnits,
        Network network,
        KubeApi kubeApi,
        HostClock clock) {

    /**
     * The real ones.
     *
     * @param outputDirectory where transient units write what they print
     */
    public static HostSystem ofHost(Path outputDirectory) {
        var files = HostFiles.ofHost();
        var clock = HostClock.ofHost();
        var processes = new HostProcesses();
        var systemd = new SystemctlSystemd(processes);
        var transientUnits = new SystemdRunUnits(processes, systemd, clock, outputDirectory);
        return new HostSystem(
                files,
                systemd,
                processes,
                transientUnits,
                new HostNetwork(files, transientUnits),
                new LoopbackKubeApi(files),
                clock);
    }
}
