package io.davit.agent.system;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFileAttributes;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** A host below a temporary directory: its files are real, everything else is in memory. */
public final class FakeHost {

    private final Path root;
    private final HostFiles files;
    private final FakeSystemd systemd;
    private final FakeProcesses processes = new FakeProcesses();
    private final FakeTransientUnits transientUnits;
    private final FakeNetwork network = new FakeNetwork();
    private final FakeKubeApi kubeApi = new FakeKubeApi();
    private final FakeClock clock = new FakeClock(Instant.parse("2026-11-23T12:00:00Z"));

    public FakeHost(Path root) throws IOException {
        this.root = root;
        var attributes = Files.readAttributes(root, PosixFileAttributes.class);
        String user = attributes.owner().getName();
        this.files = new HostFiles(root, name -> user);
        this.systemd = new FakeSystemd(files);
        this.transientUnits = new FakeTransientUnits(files);
        for (String directory :
                List.of(
                        "etc/systemd/system",
                        "etc/etcd",
                        "etc/rancher",
                        "usr/local/bin",
                        "opt/davit",
                        "var/lib/etcd",
                        "var/lib/rancher")) {
            Files.createDirectories(root.resolve(directory));
        }
        write("/etc/passwd", "root:x:0:0::/root:/bin/bash\n");
        write("/etc/group", "root:x:0:\n");
        write("/etc/os-release", "ID=debian\nVERSION_ID=\"12\"\n");
        write("/etc/apt/sources.list", "deb http://packages.example.test bookworm main\n");
    }

    public HostSystem system() {
        return new HostSystem(files, systemd, processes, transientUnits, network, kubeApi, clock);
    }

    public HostFiles files() {
        return files;
    }

    public FakeSystemd systemd() {
        return systemd;
    }

    public FakeProcesses processes() {
        return processes;
    }

    public FakeTransientUnits transientUnits() {
        return transientUnits;
    }

    public FakeNetwork network() {
        return network;
    }

    public FakeKubeApi kubeApi() {
        return kubeApi;
    }

    public FakeClock clock() {
        return clock;
    }

    /** What a person or another program writes. */
    public void write(String path, String content) throws IOException {
        Path file = files.resolve(path);
        Files.createDirectories(file.getParent());
        Files.writeString(file, content);
    }

    /** When a file was changed last; no test can set it. */
    public Instant changed(String path) throws IOException {
        return files.status(path).orElseThrow().changed();
    }

    public String read(String path) throws IOException {
        return Files.readString(files.resolve(path));
    }

    public boolean exists(String path) {
        return Files.exists(files.resolve(path), LinkOption.NOFOLLOW_LINKS);
    }

    /** Every path with type, mode, times and content: equal only if nothing was touched. */
    public Map<String, String> tree() throws IOException {
        var tree = new TreeMap<String, String>();
        try (var paths = Files.walk(root)) {
            for (Path path : paths.toList()) {
                var attributes = Files.readAttributes(path, "unix:*", LinkOption.NOFOLLOW_LINKS);
                String content =
                        Files.isRegularFile(path, LinkOption.NOFOLLOW_LINKS)
                                ? io.davit.common.Digests.sha256Hex(path)
                                : Files.isSymbolicLink(path)
                                        ? Files.readSymbolicLink(path).toString()
                                        : "";
                tree.put(
                        root.relativize(path).toString(),
                        "%s %s %s %s %s"
                                .formatted(
                                        attributes.get("ino"),
                                        attributes.get("mode"),
                                        attributes.get("lastModifiedTime"),
                                        attributes.get("ctime"),
                                        content));
            }
        }
        return tree;
    }
}
