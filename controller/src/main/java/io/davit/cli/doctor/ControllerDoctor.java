package io.davit.cli.doctor;

import io.davit.cli.doctor.Surroundings.Disk;
import io.davit.common.Diagnosis;
import io.davit.common.Finding;
import io.davit.common.HostNeeds;
import io.davit.controller.serve.ServerConfig;
import io.davit.controller.serve.ServerConfigReader;
import io.davit.controller.serve.ServerConfigReader.BadConfigException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Looks at the controller's host, before or after {@code davit init}. */
public final class ControllerDoctor {

    private static final long MEBI = 1L << 20;
    private static final long LEAST_MEMORY = 900 * MEBI;
    private static final long LEAST_DISK = 1024 * MEBI;
    private static final long GOOD_DISK = 5 * 1024 * MEBI;

    /** What is gone after a reboot. */
    private static final Set<String> FLEETING = Set.of("tmpfs", "ramfs");

    /** SQLite's write-ahead log needs shared memory between processes: one machine. */
    private static final Set<String> REMOTE =
            Set.of("nfs", "nfs4", "cifs", "smb3", "9p", "fuse.sshfs", "ceph", "glusterfs");

    private static final Pattern MEMORY = Pattern.compile("MemTotal:\\s+([0-9]+) kB");
    private static final Pattern SYSTEMD = Pattern.compile("systemd ([0-9]+)");
    private static final Pattern USERS = Pattern.compile("\\(\"([^\"]{1,40})\",pid=([0-9]+)");
    private static final String LISTEN = "0A";

    private final Surroundings machine;
    private final Path configFile;
    private final List<Finding> found = new ArrayList<>();

    public ControllerDoctor(Surroundings machine, Path configFile) {
        this.machine = machine;
        this.configFile = configFile;
    }

    /** Everything at once. */
    public Diagnosis look() throws InterruptedException {
        root();
        system();
        systemd();
        memory();
        clock();
        Optional<ServerConfig> config = config();
        disk(config.map(ServerConfig::state).orElse(ServerConfig.DEFAULT_STATE));
        names(config);
        ports(config);
        service(config);
        return new Diagnosis(found);
    }

    private void root() {
        String user =
                machine.text("/proc/self/status")
                        .map(text -> text.replaceFirst("(?s).*\nUid:\\s+(\\d+).*", "$1"))
                        .orElse("");
        found.add(
                user.equals("0")
                        ? Finding.ok("user", "root")
                        : Finding.warn(
                                "user",
                                "not root: who holds a port, and the configuration, may not be"
                                        + " seen",
                                "sudo davit doctor controller"));
    }

    private void system() {
        String release = machine.text("/etc/os-release").orElse("");
        String id = HostNeeds.osRelease(release, "ID");
        String version = HostNeeds.osRelease(release, "VERSION_ID");
        found.add(
                HostNeeds.supports(id, version)
                        ? Finding.ok("OS", id + " " + version)
                        : Finding.warn(
                                "OS",
                                (id + " " + version).strip() + " was never tried",
                                "tried were " + HostNeeds.SYSTEMS_TEXT));
    }

    private void systemd() throws InterruptedException {
        Matcher version = SYSTEMD.matcher(machine.run("systemctl", "--version").orElse(""));
        int number = version.find() ? Integer.parseInt(version.group(1)) : 0;
        if (!machine.exists("/run/systemd/system")) {
            found.add(
                    Finding.fail(
                            "systemd",
                            "it does not run this machine",
                            "install.sh --controller needs it; take a machine that systemd runs"));
        } else if (number < HostNeeds.SYSTEMD) {
            found.add(
                    Finding.fail(
                            "systemd",
                            number + " is too old",
                            HostNeeds.SYSTEMD + " or newer is needed: upgrade the OS"));
        } else {
            found.add(Finding.ok("systemd", String.valueOf(number)));
        }
    }

    private void memory() {
        Matcher total = MEMORY.matcher(machine.text("/proc/meminfo").orElse(""));
        long bytes = total.find() ? Long.parseLong(total.group(1)) * 1024 : 0;
        String said = bytes / MEBI + " MiB";
        found.add(
                bytes >= LEAST_MEMORY
                        ? Finding.ok("memory", said)
                        : Finding.warn(
                                "memory",
                                said + "; the controller takes up to 1 GiB",
                                "give the machine 1 GiB or more"));
    }

    private void clock() throws InterruptedException {
        String synchronised =
                machine.run("timedatectl", "show", "--property=NTPSynchronized", "--value")
                        .orElse("")
                        .strip();
        found.add(
                synchronised.equals("yes")
                        ? Finding.ok("clock", "synchronised")
                        : Finding.warn(
                                "clock",
                                synchronised.equals("no")
                                        ? "nothing keeps it right"
                                        : "timedatectl does not say whether it is kept right",
                                "hosts that differ by more than 30 s are refused: apt-get install"
                                        + " systemd-timesyncd, or chrony"));
    }

    private Optional<ServerConfig> config() {
        if (!machine.exists(configFile.toString())) {
            found.add(
                    Finding.ok("configuration", "none yet; next: davit init --name " + hostname()));
            return Optional.empty();
        }
        try {
            ServerConfig config = ServerConfigReader.read(configFile);
            found.add(Finding.ok("configuration", configFile.toString()));
            keyFile(config);
            return Optional.of(config);
        } catch (BadConfigException e) {
            found.add(
                    Finding.fail(
                            "configuration",
                            String.valueOf(e.getMessage()).replace("\n", "; "),
                            "mend " + configFile + ", then: systemctl restart davit"));
        } catch (IOException e) {
            found.add(
                    Finding.fail(
                            "configuration",
                            "cannot read " + configFile + ": " + e.getMessage(),
                            "run this as root"));
        }
        return Optional.empty();
    }

    private void keyFile(ServerConfig config) {
        String file = config.keyFile().toString();
        var mode = machine.mode(file);
        if (mode.isEmpty()) {
            found.add(
                    Finding.fail(
                            "key file",
                            "there is no " + file,
                            "without it no secret can be read: davit restore FILE, from a backup"));
        } else if ((mode.get() & 077) != 0) {
            found.add(
                    Finding.fail(
                            "key file",
                            "others may read " + file + " (%o)".formatted(mode.get()),
                            "chmod 0600 " + file));
        } else {
            found.add(Finding.ok("key file", file));
        }
    }

    private void disk(Path state) {
        try {
            Disk disk = machine.disk(state.toString());
            String said =
                    "%d MiB free on %s (%s), for %s"
                            .formatted(
                                    disk.freeBytes() / MEBI, disk.directory(), disk.type(), state);
            if (FLEETING.contains(disk.type())) {
                found.add(
                        Finding.fail(
                                "disk",
                                said + ": a reboot empties it",
                                "keep the state on a disk: davit init --state DIR"));
            } else if (REMOTE.contains(disk.type())) {
                found.add(
                        Finding.fail(
                                "disk",
                                said
                                        + ": the state's database may break on a network's file"
                                        + " system",
                                "keep the state on a local disk: davit init --state DIR"));
            } else if (disk.freeBytes() < LEAST_DISK) {
                found.add(Finding.fail("disk", said, "make room: 5 GiB hold some K3s versions"));
            } else if (disk.freeBytes() < GOOD_DISK) {
                found.add(
                        Finding.warn(
                                "disk",
                                said,
                                "each K3s version takes about 300 MB for each architecture; davit"
                                        + " artifacts remove --unused makes room"));
            } else {
                found.add(Finding.ok("disk", said));
            }
        } catch (IOException e) {
            found.add(Finding.fail("disk", "cannot look at " + state + ": " + e.getMessage(), ""));
        }
    }

    private String hostname() {
        return machine.text("/proc/sys/kernel/hostname").orElse("").strip();
    }

    private void names(Optional<ServerConfig> config) {
        List<String> names = config.map(it -> it.names().all()).orElse(List.of(hostname()));
        List<String> own = machine.addresses();
        for (String name : names) {
            String what = "name " + name;
            List<String> addresses = machine.resolve(name);
            if (addresses.isEmpty()) {
                found.add(
                        Finding.warn(
                                what,
                                "cannot be resolved here",
                                "agents and operators look it up: put it into DNS, or give an"
                                        + " address to davit init --name"));
            } else if (addresses.stream().allMatch(address -> address.startsWith("127."))) {
                found.add(
                        Finding.warn(
                                what,
                                "leads to " + String.join(", ", addresses),
                                "no other machine reaches that: see /etc/hosts"));
            } else if (addresses.stream().noneMatch(own::contains)) {
                found.add(
                        Finding.warn(
                                what,
                                "leads to "
                                        + String.join(", ", addresses)
                                        + ", which no interface of this machine has",
                                "right behind an address translation; else mend DNS"));
            } else {
                found.add(Finding.ok(what, String.join(", ", addresses)));
            }
        }
    }

    private void ports(Optional<ServerConfig> config) throws InterruptedException {
        var ports = new LinkedHashMap<Integer, String>();
        ports.put(config.map(it -> it.agents().getPort()).orElse(ServerConfig.AGENTS), "agents");
        ports.put(
                config.map(it -> it.enrolment().getPort()).orElse(ServerConfig.ENROLMENT),
                "enrolment");
        ports.put(
                config.map(it -> it.operators().getPort()).orElse(ServerConfig.OPERATORS),
                "operators");
        ports.put(
                config.map(it -> it.monitoring().getPort()).orElse(ServerConfig.MONITORING),
                "monitoring");
        String own = unit("MainPID");
        for (var port : ports.entrySet()) {
            String what = "port " + port.getKey();
            if (!listens(port.getKey())) {
                found.add(Finding.ok(what, "free, for " + port.getValue()));
                continue;
            }
            Matcher users =
                    USERS.matcher(
                            machine.run("ss", "-ltnpH", "sport", "=", ":" + port.getKey())
                                    .orElse(""));
            if (!users.find()) {
                found.add(
                        Finding.warn(
                                what,
                                "is taken, and who has it cannot be seen",
                                "as root: ss -ltnp sport = :" + port.getKey()));
            } else if (users.group(2).equals(own)) {
                found.add(
                        Finding.ok(
                                what, "held by davit (pid " + own + "), for " + port.getValue()));
            } else {
                found.add(
                        Finding.fail(
                                what,
                                "is taken by %s (pid %s)".formatted(users.group(1), users.group(2)),
                                "stop that program, or give %s another port in %s (listen.%s)"
                                        .formatted(port.getValue(), configFile, port.getValue())));
            }
        }
    }

    /** By the kernel's table: state 0A listens. */
    private boolean listens(int port) {
        String suffix = ":%04X".formatted(port);
        return List.of("/proc/net/tcp", "/proc/net/tcp6").stream()
                .flatMap(table -> machine.text(table).orElse("").lines())
                .map(line -> line.strip().split("\\s+"))
                .anyMatch(fields ->
                        fields.length > 3
                                && fields[3].equals(LISTEN)
                                && fields[1].endsWith(suffix));
    }

    private String unit(String property) throws InterruptedException {
        return machine.run(
                        "systemctl", "show", "--property=" + property, "--value", "davit.service")
                .orElse("")
                .strip();
    }

    private void service(Optional<ServerConfig> config) throws InterruptedException {
        String state = unit("ActiveState");
        if (state.equals("active")) {
            found.add(Finding.ok("service", "davit runs"));
        } else if (config.isPresent()) {
            found.add(
                    Finding.warn(
                            "service",
                            "davit does not run (" + (state.isEmpty() ? "unknown" : state) + ")",
                            state.equals("failed")
                                    ? "journalctl -u davit -n 50"
                                    : "systemctl enable --now davit"));
        }
    }
}
