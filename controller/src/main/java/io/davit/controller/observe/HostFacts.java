package io.davit.controller.observe;

import java.util.List;

/**
 * What a host says about itself. Facts inform a plan; they never carry rights.
 *
 * @param hostname as the kernel has it
 * @param machineId /etc/machine-id, 32 hex digits
 * @param productUuid DMI product UUID, empty where there is none
 * @param osId ID of /etc/os-release, "debian"
 * @param osVersion VERSION_ID of /etc/os-release, "12"
 * @param arch "amd64" or "arm64"
 * @param cgroupVersion 1 or 2; hybrid counts as 1
 * @param addresses of all interfaces that are up, without loopback
 * @param interfaces the same with their names
 * @param fileSystems below the directories that the profiles declare
 * @param listeningPorts TCP ports that somebody listens on
 */
public record HostFacts(
        String hostname,
        String machineId,
        String productUuid,
        String osId,
        String osVersion,
        String kernel,
        String arch,
        int cpus,
        long memoryBytes,
        int cgroupVersion,
        List<String> addresses,
        List<NetworkInterface> interfaces,
        boolean hasDefaultRoute,
        List<FileSystem> fileSystems,
        String bootId,
        String agentVersion,
        int systemdVersion,
        List<Integer> listeningPorts) {

    public HostFacts {
        addresses = List.copyOf(addresses);
        interfaces = List.copyOf(interfaces);
        fileSystems = List.copyOf(fileSystems);
        listeningPorts = List.copyOf(listeningPorts);
    }

    /**
     * An address on an interface that is up.
     *
     * @param name "eth0"
     * @param prefix of its network, in bits
     */
    public record NetworkInterface(String name, String address, int prefix) {}

    /**
     * The file system below a directory; of the nearest existing parent where it is not there yet.
     */
    public record FileSystem(String directory, long sizeBytes, long freeBytes) {}
}
