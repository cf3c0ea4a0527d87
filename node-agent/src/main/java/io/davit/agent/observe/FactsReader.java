package io.davit.agent.observe;

import io.davit.agent.profile.Catalogue;
import io.davit.agent.profile.Directory;
import io.davit.agent.system.Command;
import io.davit.agent.system.FileView;
import io.davit.agent.system.HostSystem;
import io.davit.agent.system.Network;
import io.davit.agent.system.Printable;
import io.davit.proto.agent.v1.FileSystem;
import io.davit.proto.agent.v1.HostFacts;
import io.davit.proto.agent.v1.NetworkInterface;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Reads what a host says about itself. A fact that cannot be read is left empty. */
public final class FactsReader {

    private static final Pattern MEMORY = Pattern.compile("MemTotal:\\s+([0-9]+) kB");
    private static final Pattern VERSION = Pattern.compile("systemd ([0-9]+)");

    private final HostSystem system;
    private final FileView files;
    private final Catalogue catalogue;
    private final String agentVersion;

    public FactsReader(HostSystem system, Catalogue catalogue, String agentVersion) {
        this.system = system;
        this.files = system.files();
        this.catalogue = catalogue;
        this.agentVersion = agentVersion;
    }

    public HostFacts read() throws InterruptedException {
        Map<String, String> os = osRelease();
        var facts =
                HostFacts.newBuilder()
                        .setHostname(line("/proc/sys/kernel/hostname"))
                        .setMachineId(line("/etc/machine-id"))
                        .setProductUuid(line("/sys/class/dmi/id/product_uuid"))
                        .setOsId(os.getOrDefault("ID", ""))
                        .setOsVersion(os.getOrDefault("VERSION_ID", ""))
                        .setKernel(line("/proc/sys/kernel/osrelease"))
                        .setArch(arch())
                        .setCpus((int) text("/proc/cpuinfo").lines().filter(this::isCpu).count())
                        .setMemoryBytes(memory())
                        .setCgroupVersion(exists("/sys/fs/cgroup/cgroup.controllers") ? 2 : 1)
                        .setHasDefaultRoute(hasDefaultRoute())
                        .setBootId(line("/proc/sys/kernel/random/boot_id"))
                        .setAgentVersion(agentVersion)
                        .setSystemdVersion(systemdVersion())
                        .addAllFileSystems(fileSystems())
                        .addAllListeningPorts(listeningPorts());
        try {
            for (Network.Address held : system.network().addresses()) {
                facts.addAddresses(held.address())
                        .addInterfaces(
                                NetworkInterface.newBuilder()
                                        .setName(held.name())
                                        .setAddress(held.address())
                                        .setPrefix(held.prefix()));
            }
        } catch (IOException e) {
            facts.clearAddresses().clearInterfaces();
        }
        return facts.build();
    }

    private boolean isCpu(String line) {
        return line.startsWith("processor") && line.contains(":");
    }

    private static String arch() {
        return switch (System.getProperty("os.arch", "")) {
            case "amd64", "x86_64" -> "amd64";
            case "aarch64" -> "arm64";
            case String other -> other;
        };
    }

    private long memory() {
        Matcher total = MEMORY.matcher(text("/proc/meminfo"));
        return total.find() ? Long.parseLong(total.group(1)) * 1024 : 0;
    }

    /** IPv4: destination and mask 0 in /proc/net/route; IPv6: a /0 that is not on loopback. */
    private boolean hasDefaultRoute() {
        boolean v4 =
                text("/proc/net/route")
                        .lines()
                        .skip(1)
                        .map(line -> line.split("\\s+"))
                        .anyMatch(fields ->
                                fields.length > 7
                                        && fields[1].equals("00000000")
                                        && fields[7].equals("00000000"));
        return v4
                || text("/proc/net/ipv6_route")
                        .lines()
                        .map(line -> line.split("\\s+"))
                        .anyMatch(fields ->
                                fields.length > 9
                                        && fields[0].equals("0".repeat(32))
                                        && fields[1].equals("00")
                                        && !fields[9].equals("lo"));
    }

    private int systemdVersion() throws InterruptedException {
        try {
            var shown =
                    system.processes()
                            .run(Command.of(Duration.ofSeconds(5), "systemctl", "--version"));
            Matcher version = VERSION.matcher(shown.stdout());
            return version.find() ? Integer.parseInt(version.group(1)) : 0;
        } catch (IOException e) {
            return 0;
        }
    }

    private List<Integer> listeningPorts() {
        try {
            return system.network().listeners().stream()
                    .map(Network.Listener::port)
                    .distinct()
                    .sorted()
                    .toList();
        } catch (IOException e) {
            return List.of();
        }
    }

    private List<FileSystem> fileSystems() {
        var directories = new TreeSet<String>();
        directories.add(PlacedArtifact.DIRECTORY);
        catalogue
                .profiles()
                .forEach(profile ->
                        profile.directories().stream()
                                .filter(Directory::data)
                                .map(Directory::path)
                                .filter(path -> path.split("/", -1).length <= 4)
                                .forEach(directories::add));
        return directories.stream().map(this::fileSystem).toList();
    }

    private FileSystem fileSystem(String directory) {
        var fileSystem = FileSystem.newBuilder().setDirectory(directory);
        try {
            fileSystem.setSizeBytes(files.sizeBytes(directory));
            fileSystem.setFreeBytes(files.freeBytes(directory));
        } catch (IOException e) {
            fileSystem.setSizeBytes(0);
        }
        return fileSystem.build();
    }

    private Map<String, String> osRelease() {
        var values = new TreeMap<String, String>();
        text("/etc/os-release")
                .lines()
                .forEach(line -> {
                    int equals = line.indexOf('=');
                    if (equals > 0) {
                        values.put(
                                line.substring(0, equals),
                                line.substring(equals + 1).replace("\"", ""));
                    }
                });
        return values;
    }

    private boolean exists(String path) {
        try {
            return files.status(path).isPresent();
        } catch (IOException e) {
            return false;
        }
    }

    private String line(String path) {
        return Printable.line(text(path).strip(), 128);
    }

    /** Follows links (/etc/os-release is one), unlike everything that is about our own files. */
    private String text(String path) {
        try {
            String real = path;
            var target = files.linkTarget(path);
            if (target.isPresent()) {
                real =
                        java.nio.file.Path.of(path)
                                .resolveSibling(target.get())
                                .normalize()
                                .toString();
            }
            return new String(files.read(real, 4 * 1024 * 1024), StandardCharsets.UTF_8);
        } catch (IOException e) {
            return "";
        }
    }
}
