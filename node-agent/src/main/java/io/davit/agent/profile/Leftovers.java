package io.davit.agent.profile;

import java.util.List;

/**
 * What a role's service leaves running and mounted when it is stopped, and what goes when the role
 * is removed (k3s' own {@code k3s-killall.sh}: its unit has {@code KillMode=process}, so that pods
 * survive a restart of it).
 *
 * @param cgroups below {@code /sys/fs/cgroup}: every process in them and below is killed
 * @param mounts path prefixes: what is mounted on a path that begins so is unmounted
 * @param bridges network interfaces whose members go
 * @param interfaces network interfaces that go
 * @param chains marks of packet filter chains and rules that go, in lower case
 * @param programDirectories where the packet filter's programs are; the first one that has them
 * @param directories directories that are emptied in any case
 * @param dataDirectories directories that are emptied if the role's data is to be destroyed
 */
public record Leftovers(
        List<String> cgroups,
        List<String> mounts,
        List<String> bridges,
        List<String> interfaces,
        List<String> chains,
        List<String> programDirectories,
        List<String> directories,
        List<String> dataDirectories) {

    public Leftovers {
        cgroups = List.copyOf(cgroups);
        mounts = List.copyOf(mounts);
        bridges = List.copyOf(bridges);
        interfaces = List.copyOf(interfaces);
        chains = List.copyOf(chains);
        programDirectories = List.copyOf(programDirectories);
        directories = List.copyOf(directories);
        dataDirectories = List.copyOf(dataDirectories);
    }
}
