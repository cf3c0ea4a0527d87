package io.davit.controller.bundle;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** The OS releases that hosts may have: "debian-12". */
public final class OsRelease {

    /** All of them. */
    public static final Set<String> KNOWN =
            Set.of("debian-12", "debian-13", "ubuntu-22.04", "ubuntu-24.04");

    private static final List<Path> FILES =
            List.of(Path.of("/usr/lib/os-release"), Path.of("/etc/os-release"));

    private OsRelease() {}

    /** This machine's own, if it is one of them. */
    public static Optional<String> ofThisMachine() throws IOException {
        for (Path file : FILES) {
            if (Files.isRegularFile(file)) {
                List<String> lines = Files.readAllLines(file);
                return Optional.of(value(lines, "ID") + "-" + value(lines, "VERSION_ID"))
                        .filter(KNOWN::contains);
            }
        }
        return Optional.empty();
    }

    private static String value(List<String> lines, String name) {
        return lines.stream()
                .filter(line -> line.startsWith(name + "="))
                .map(line -> line.substring(name.length() + 1).replace("\"", ""))
                .findFirst()
                .orElse("");
    }
}
