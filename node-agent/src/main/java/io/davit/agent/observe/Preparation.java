package io.davit.agent.observe;

import io.davit.agent.profile.Directory;
import io.davit.agent.profile.Profile;
import io.davit.agent.profile.SystemUser;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** What a profile declares and the host does not have yet. */
public record Preparation(
        List<SystemUser> users,
        List<String> modules,
        Map<String, String> sysctls,
        List<Directory> directories) {

    public Preparation {
        users = List.copyOf(users);
        modules = List.copyOf(modules);
        sysctls = Map.copyOf(sysctls);
        directories = List.copyOf(directories);
    }

    /** Compares a profile with a host. */
    public static Preparation missing(Profile profile, ReadOnlyHost host) throws IOException {
        var users = new ArrayList<SystemUser>();
        for (SystemUser user : profile.users()) {
            if (!host.hasUser(user.name()) || !host.hasGroup(user.name())) {
                users.add(user);
            }
        }
        var sysctls = new java.util.TreeMap<String, String>();
        for (var sysctl : profile.sysctls().entrySet()) {
            String path = "/proc/sys/" + sysctl.getKey().replace('.', '/');
            if (host.status(path).isPresent()
                    && !new String(host.read(path, 4096), StandardCharsets.UTF_8)
                            .strip()
                            .equals(sysctl.getValue())) {
                sysctls.put(sysctl.getKey(), sysctl.getValue());
            }
        }
        var directories = new ArrayList<Directory>();
        for (Directory directory : profile.directories()) {
            var status = host.status(directory.path());
            // a service may give its data another mode (k3s does); what Davit alone uses is kept
            boolean asDeclared =
                    status.isPresent()
                            && status.get().isDirectory()
                            && (directory.data()
                                    || status.get().mode() == directory.mode()
                                            && host.ownedBy(
                                                    status.get(),
                                                    directory.owner(),
                                                    directory.group()));
            if (!asDeclared
                    || !host.ledger().claimants(directory.path()).contains(profile.role())) {
                directories.add(directory);
            }
        }
        return new Preparation(users, modules(profile, host), sysctls, directories);
    }

    /**
     * Only modules that the kernel has as modules count: one that is built in, or one that a host
     * without modules of its own (a container) cannot load, is not waited for.
     */
    private static List<String> modules(Profile profile, ReadOnlyHost host) throws IOException {
        var missing = new ArrayList<String>();
        String release =
                host.status("/proc/sys/kernel/osrelease").isEmpty()
                        ? ""
                        : new String(
                                        host.read("/proc/sys/kernel/osrelease", 4096),
                                        StandardCharsets.UTF_8)
                                .strip();
        String dependencies = "/lib/modules/" + release + "/modules.dep";
        if (release.isEmpty() || host.status(dependencies).isEmpty()) {
            return missing;
        }
        String known =
                new String(host.read(dependencies, 32 * 1024 * 1024), StandardCharsets.UTF_8);
        for (String module : profile.modules()) {
            if (host.status("/sys/module/" + module).isEmpty()
                    && known.lines()
                            .anyMatch(
                                    line -> line.split(":", 2)[0].contains("/" + module + ".ko"))) {
                missing.add(module);
            }
        }
        return missing;
    }

    public boolean isEmpty() {
        return users.isEmpty() && modules.isEmpty() && sysctls.isEmpty() && directories.isEmpty();
    }

    /** "user etcd", "directory /etc/etcd", … in the order in which they are made. */
    public List<String> names() {
        var names = new ArrayList<String>();
        users.forEach(user -> names.add("user " + user.name()));
        modules.forEach(module -> names.add("module " + module));
        sysctls.keySet().stream().sorted().forEach(key -> names.add("sysctl " + key));
        directories.forEach(directory -> names.add("directory " + directory.path()));
        return names;
    }
}
