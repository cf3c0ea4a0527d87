package io.davit.agent.step;

import io.davit.agent.profile.Leftovers;
import io.davit.agent.system.Finished;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.TreeSet;
import java.util.regex.Pattern;

/**
 * Clears away what a stopped service left.
 *
 * <ol>
 *   <li>Processes are killed until their cgroups are empty, so that nothing mounts or writes anew.
 *   <li>Mounts go, the deepest first.
 *   <li>Network interfaces and packet filter rules go.
 *   <li>Directories are emptied, after a last look that nothing is mounted below them: a bind mount
 *       of the same file system would not stop {@code find -xdev}.
 * </ol>
 */
final class LeftoversRemoval {

    private static final int ROUNDS = 50;
    private static final Duration POLL = Duration.ofMillis(200);
    private static final String CGROUPS = "/sys/fs/cgroup/";
    private static final String NET = "/sys/class/net/";
    private static final Pattern INTERFACE = Pattern.compile("[A-Za-z0-9._-]{1,15}");
    private static final Pattern PID = Pattern.compile("[1-9][0-9]{0,9}");
    private static final Pattern RULE = Pattern.compile("([*:#-]|COMMIT$|\\[\\d+:\\d+] -).*");

    private final Leftovers leftovers;
    private final boolean destroy;
    private final Work work;

    LeftoversRemoval(Leftovers leftovers, boolean destroy, Work work) {
        this.leftovers = leftovers;
        this.destroy = destroy;
        this.work = work;
    }

    /** Directories that are going to be emptied. */
    List<String> directories() {
        var all = new ArrayList<String>(leftovers.directories());
        if (destroy) {
            all.addAll(leftovers.dataDirectories());
        }
        return all;
    }

    /** Whether this mount is one that the service made, and that goes. */
    boolean isOwn(String mount) {
        return leftovers.mounts().stream().anyMatch(mount::startsWith);
    }

    void clear() throws StepEnded, IOException, InterruptedException {
        work.progress("ending what its pods run");
        endProcesses();
        work.progress("unmounting what its pods had");
        unmount();
        removeInterfaces();
        for (String family : List.of("iptables", "ip6tables")) {
            removeRules(family);
        }
        MountPoints.needNoneBelow(directories(), mount -> false, work);
        for (String directory : directories()) {
            if (work.host().status(directory).filter(it -> it.isDirectory()).isPresent()) {
                MountPoints.empty(directory, work);
            }
        }
    }

    private void endProcesses() throws StepEnded, IOException, InterruptedException {
        for (int round = 0; round < ROUNDS; round++) {
            var pids = new TreeSet<String>();
            for (String cgroup : leftovers.cgroups()) {
                addPids(CGROUPS + cgroup, pids);
            }
            if (pids.isEmpty()) {
                return;
            }
            var argv = new ArrayList<>(List.of("kill", "-KILL", "--"));
            argv.addAll(pids);
            work.outside("kill", argv); // one that has ended meanwhile makes it fail
            work.pause(POLL);
        }
        throw StepEnded.retry(
                Duration.ofSeconds(10),
                "cannot remove role %s: processes in %s do not end"
                        .formatted(work.step().getRole(), String.join(", ", leftovers.cgroups())));
    }

    private void addPids(String cgroup, TreeSet<String> pids) throws IOException {
        if (work.host().status(cgroup + "/cgroup.procs").isEmpty()) {
            return;
        }
        new String(
                        work.host().read(cgroup + "/cgroup.procs", 1024 * 1024),
                        StandardCharsets.US_ASCII)
                .lines()
                .filter(line -> PID.matcher(line).matches())
                .forEach(pids::add);
        for (String name : work.host().list(cgroup)) {
            if (work.host()
                    .status(cgroup + "/" + name)
                    .filter(status -> status.isDirectory())
                    .isPresent()) {
                addPids(cgroup + "/" + name, pids);
            }
        }
    }

    private void unmount() throws StepEnded, IOException, InterruptedException {
        List<String> own = ownMounts();
        if (!own.isEmpty()) {
            var argv = new ArrayList<>(List.of("umount", "--"));
            argv.addAll(own);
            Finished finished = work.outside("umount", argv);
            List<String> left = ownMounts();
            if (!left.isEmpty()) {
                throw StepEnded.retry(
                        Duration.ofSeconds(10),
                        "cannot unmount %s: %s".formatted(left.getFirst(), finished.cause()));
            }
        }
        for (String prefix : leftovers.mounts()) {
            String directory = prefix.substring(0, prefix.lastIndexOf('/'));
            for (String name : work.host().list(directory)) {
                String path = directory + "/" + name;
                if (!prefix.endsWith("/") && path.startsWith(prefix)) {
                    work.system().files().delete(path); // a network namespace's empty file
                }
            }
        }
    }

    /** The deepest first; twice if it is mounted over twice. */
    private List<String> ownMounts() throws StepEnded, IOException, InterruptedException {
        return MountPoints.all(work).stream()
                .filter(this::isOwn)
                .sorted(Comparator.reverseOrder())
                .toList();
    }

    private void removeInterfaces() throws StepEnded, IOException, InterruptedException {
        var going = new ArrayList<String>();
        for (String name : work.host().list("/sys/class/net")) {
            String master = work.host().linkTarget(NET + name + "/master").orElse("");
            if (leftovers.bridges().contains(master.substring(master.lastIndexOf('/') + 1))) {
                going.add(name);
            }
        }
        going.addAll(leftovers.interfaces());
        for (String name : going) {
            boolean there = work.host().list("/sys/class/net").contains(name);
            if (there && INTERFACE.matcher(name).matches()) {
                work.mustDo(
                        "remove interface " + name,
                        "link-" + name,
                        List.of("ip", "link", "delete", "dev", name));
            }
        }
    }

    private void removeRules(String family) throws StepEnded, IOException, InterruptedException {
        String save = "";
        for (String directory : leftovers.programDirectories()) {
            if (save.isEmpty()
                    && work.host().status(directory + "/" + family + "-save").isPresent()) {
                save = directory + "/" + family + "-save";
            }
        }
        if (save.isEmpty()) {
            return;
        }
        Finished saved = work.mustDo("read the rules of " + family, family, List.of(save));
        List<String> before =
                saved.stdout().lines().filter(line -> RULE.matcher(line).matches()).toList();
        List<String> after = before.stream().filter(line -> !marked(line)).toList();
        if (after.equals(before)) {
            return;
        }
        needWhole(family, before);
        Path file = work.stateDirectory().resolve(family + ".rules");
        try {
            Files.writeString(file, String.join("\n", after) + "\n");
            work.mustDo(
                    "remove the rules of its pods from " + family,
                    family + "-restore",
                    List.of(save.replaceFirst("-save$", "-restore"), file.toString()));
        } finally {
            Files.deleteIfExists(file);
        }
    }

    private boolean marked(String line) {
        String lower = line.toLowerCase(Locale.ROOT);
        return !line.startsWith("#")
                && !line.startsWith("*")
                && leftovers.chains().stream().anyMatch(lower::contains);
    }

    /** What is restored replaces everything: a part of it must never be. */
    private void needWhole(String family, List<String> rules) throws StepEnded {
        long tables = rules.stream().filter(line -> line.startsWith("*")).count();
        long commits = rules.stream().filter(line -> line.equals("COMMIT")).count();
        if (tables == 0 || tables != commits) {
            throw StepEnded.blocked(
                    "cannot remove role %s: the rules of %s are too many to be read at once"
                            .formatted(work.step().getRole(), family),
                    "reboot the host (they are not kept), then go on");
        }
    }
}
