package io.davit.agent.system;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/** Does to a root what the programs would do that are run outside the agent's sandbox. */
public final class FakeTransientUnits implements TransientUnits {

    private final HostFiles files;
    private final List<String> names = new ArrayList<>();
    private final List<List<String>> ran = new ArrayList<>();
    private final List<String> awaited = new ArrayList<>();
    private final List<String> mounts = new ArrayList<>(List.of("/"));
    private String rules = "";
    private String refusal = "";
    private final List<String> judged = new ArrayList<>();

    public FakeTransientUnits(HostFiles files) {
        this.files = files;
    }

    public synchronized List<List<String>> ran() {
        return List.copyOf(ran);
    }

    public synchronized List<String> names() {
        return List.copyOf(names);
    }

    public synchronized List<String> awaited() {
        return List.copyOf(awaited);
    }

    /** The packet filter's rules, as iptables-save prints them. */
    public synchronized void rules(String printed) {
        rules = printed;
    }

    public synchronized String rules() {
        return rules;
    }

    /** What haproxy -c says against a configuration. */
    public synchronized void refuse(String why) {
        refusal = why;
    }

    /** Properties of the sandbox in which haproxy -c ran. */
    public synchronized List<String> judged() {
        return List.copyOf(judged);
    }

    public synchronized List<String> mounts() {
        return List.copyOf(mounts);
    }

    public synchronized void mount(String path) {
        mounts.add(path);
    }

    @Override
    public synchronized Finished run(
            String unit, List<String> properties, List<String> argv, Duration deadline)
            throws IOException {
        names.add(unit);
        ran.add(argv);
        String last = argv.getLast();
        return switch (argv.getFirst()) {
            case "useradd" -> {
                append("/etc/passwd", last + ":x:990:990::/:/usr/sbin/nologin\n");
                append("/etc/group", last + ":x:990:\n");
                yield ok("");
            }
            case "userdel" -> {
                remove("/etc/passwd", last);
                remove("/etc/group", last);
                yield ok("");
            }
            case "findmnt" -> ok(String.join("\n", mounts) + "\n");
            case "umount" -> {
                mounts.removeAll(argv);
                yield ok("");
            }
            case "kill" -> {
                kill(files.resolve("/sys/fs/cgroup"), argv);
                yield ok("");
            }
            case "ip" -> {
                remove(files.resolve("/sys/class/net/" + last));
                yield ok("");
            }
            case "/usr/sbin/haproxy" -> {
                judged.addAll(properties);
                yield refusal.isEmpty() ? ok("") : new Finished(1, refusal, "");
            }
            case "/usr/sbin/iptables-save" -> ok(rules);
            case "/usr/sbin/iptables-restore" -> {
                rules = Files.readString(Path.of(last));
                yield ok("");
            }
            case "find" -> {
                empty(files.resolve(argv.get(1)));
                yield ok("");
            }
            case "apt-get", "modprobe", "sysctl" -> ok("");
            default -> new Finished(127, argv.getFirst() + ": not found", "");
        };
    }

    private static Finished ok(String printed) {
        return new Finished(0, printed, "");
    }

    private void append(String path, String line) throws IOException {
        Files.writeString(files.resolve(path), line, StandardOpenOption.APPEND);
    }

    private void remove(String path, String name) throws IOException {
        Path file = files.resolve(path);
        Files.write(
                file,
                Files.readAllLines(file).stream()
                        .filter(line -> !line.startsWith(name + ":"))
                        .toList());
    }

    private static void kill(Path cgroup, List<String> pids) throws IOException {
        try (var paths = Files.walk(cgroup)) {
            for (Path file : paths.filter(Files::isRegularFile).toList()) {
                var left = new ArrayList<>(Files.readAllLines(file));
                left.removeAll(pids);
                Files.write(file, left);
            }
        }
    }

    private static void remove(Path directory) throws IOException {
        empty(directory);
        Files.delete(directory);
    }

    private static void empty(Path directory) throws IOException {
        try (var paths = Files.walk(directory)) {
            for (Path path : paths.sorted(Comparator.reverseOrder()).toList()) {
                if (!path.equals(directory)) {
                    Files.delete(path);
                }
            }
        }
    }

    @Override
    public synchronized boolean await(String prefix, Duration deadline) {
        awaited.add(prefix);
        return true;
    }
}
