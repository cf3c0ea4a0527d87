package io.davit.agent.upgrade;

import io.davit.common.AtomicFiles;
import io.davit.common.Names;
import io.davit.proto.agent.v1.EndedUpgrade;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What agent and davit-agent-switch tell one another: small files of {@code key value} lines in one
 * directory.
 *
 * <pre>
 *   pending    by the agent: this build is to be put on trial. While it is there the change is
 *              under way; the script removes it last of all
 *   committed  by the build on trial: its own name, once the controller keeps it
 *   outcome    by the script: how the last change ended
 *   bad        by the script: archives that did not stand their trial, one SHA-256 a line
 * </pre>
 */
final class SwitchFiles {

    private static final Logger LOG = LoggerFactory.getLogger(SwitchFiles.class);
    private static final int LONGEST = 64 * 1024;
    private static final int MOST_LOG_LINES = 40;
    private static final int LONGEST_LINE = 300;

    private final Path directory;

    SwitchFiles(Path directory) {
        this.directory = directory;
    }

    /** A change that is asked for. */
    record Pending(
            String order, String from, String to, String sha256, long seconds, String bootId) {}

    Optional<Pending> pending() {
        var lines = read("pending");
        return lines.map(keys ->
                new Pending(
                        keys.getOrDefault("order", ""),
                        keys.getOrDefault("from", ""),
                        keys.getOrDefault("to", ""),
                        keys.getOrDefault("sha256", ""),
                        0,
                        keys.getOrDefault("boot", "")));
    }

    /** On the disk when this returns. */
    void ask(Pending change) throws IOException {
        Files.createDirectories(
                directory, PosixFilePermissions.asFileAttribute(AtomicFiles.permissions(0700)));
        Files.deleteIfExists(directory.resolve("committed"));
        AtomicFiles.syncDirectory(directory);
        write(
                "pending",
                "order %s\nfrom %s\nto %s\nsha256 %s\nseconds %d\nboot %s\n"
                        .formatted(
                                change.order(),
                                change.from(),
                                change.to(),
                                change.sha256(),
                                change.seconds(),
                                change.bootId()));
    }

    /** It is not to be changed after all. */
    void withdraw() throws IOException {
        Files.deleteIfExists(directory.resolve("pending"));
        AtomicFiles.syncDirectory(directory);
    }

    String committed() {
        return read("committed").map(keys -> keys.getOrDefault("build", "")).orElse("");
    }

    void commit(String build) throws IOException {
        write("committed", "build " + build + "\n");
    }

    boolean isBad(String sha256) {
        try {
            Path file = directory.resolve("bad");
            return Files.exists(file) && Files.readAllLines(file).contains(sha256);
        } catch (IOException e) {
            LOG.warn("cannot read which builds were bad: {}", e.toString());
            return false;
        }
    }

    Optional<EndedUpgrade> outcome() {
        Path file = directory.resolve("outcome");
        return read("outcome")
                .map(keys -> {
                    var ended =
                            EndedUpgrade.newBuilder()
                                    .setOrderId(keys.getOrDefault("order", ""))
                                    .setFromBuild(keys.getOrDefault("from", ""))
                                    .setToBuild(keys.getOrDefault("to", ""))
                                    .setCommitted(
                                            keys.getOrDefault("result", "").equals("committed"))
                                    .setCode(keys.getOrDefault("code", ""))
                                    .setWhy(keys.getOrDefault("why", ""));
                    logLines(file).forEach(ended::addLogLines);
                    return ended.build();
                });
    }

    private static List<String> logLines(Path file) {
        try {
            var lines =
                    text(file)
                            .lines()
                            .filter(line -> line.startsWith("log "))
                            .map(line -> printable(line.substring("log ".length())))
                            .toList();
            return lines.subList(Math.max(0, lines.size() - MOST_LOG_LINES), lines.size());
        } catch (IOException e) {
            return List.of();
        }
    }

    private static String printable(String line) {
        return Names.printable(
                line.length() > LONGEST_LINE ? line.substring(0, LONGEST_LINE) : line);
    }

    /** The first value of each key; empty if there is no such file, or it cannot be read. */
    private Optional<Map<String, String>> read(String name) {
        Path file = directory.resolve(name);
        if (!Files.exists(file)) {
            return Optional.empty();
        }
        try {
            var keys = new LinkedHashMap<String, String>();
            text(file)
                    .lines()
                    .filter(line -> line.contains(" "))
                    .forEach(line -> {
                        int space = line.indexOf(' ');
                        keys.putIfAbsent(
                                line.substring(0, space), printable(line.substring(space + 1)));
                    });
            return Optional.of(keys);
        } catch (IOException e) {
            LOG.warn("cannot read {}: {}", file, e.toString());
            return Optional.empty();
        }
    }

    private static String text(Path file) throws IOException {
        try (var in = Files.newInputStream(file)) {
            return new String(in.readNBytes(LONGEST), StandardCharsets.UTF_8);
        }
    }

    private void write(String name, String text) throws IOException {
        AtomicFiles.write(directory.resolve(name), text.getBytes(StandardCharsets.US_ASCII), 0600);
    }
}
