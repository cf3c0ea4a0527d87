package io.davit.controller.bundle;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Fetches packages with all that they need, by the machine's own apt, which checks the signatures
 * of the archive. Its lists, its cache and its view of what is installed (nothing) are elsewhere,
 * so that the machine is left as it is and nothing is missing on a smaller one.
 */
final class AptDownload {

    private final Programs programs;

    AptDownload(Programs programs) {
        this.programs = programs;
    }

    /**
     * Package files.
     *
     * @param sources an apt sources file; empty: the machine's own
     * @param folder made anew
     */
    List<Path> fetch(List<String> packages, String arch, Optional<Path> sources, Path folder)
            throws IOException, InterruptedException {
        remove(folder);
        Path archives = folder.resolve("cache/archives");
        Files.createDirectories(archives.resolve("partial"));
        Files.createDirectories(folder.resolve("state/lists/partial"));
        Files.createDirectories(folder.resolve("log"));
        Files.createFile(folder.resolve("state/status"));
        programs.run(apt(folder, arch, sources, List.of("update")));
        var install =
                new ArrayList<>(
                        List.of(
                                "--yes",
                                "--download-only",
                                "--no-install-recommends",
                                "install",
                                "--"));
        install.addAll(packages);
        programs.run(apt(folder, arch, sources, install));
        try (Stream<Path> files = Files.list(archives)) {
            return files.filter(file -> file.toString().endsWith(".deb")).sorted().toList();
        }
    }

    private static List<String> apt(
            Path folder, String arch, Optional<Path> sources, List<String> arguments) {
        var argv = new ArrayList<>(List.of("apt-get", "--quiet"));
        var options =
                new ArrayList<>(
                        List.of(
                                "Dir::State=" + folder.resolve("state"),
                                "Dir::State::status=" + folder.resolve("state/status"),
                                "Dir::Cache=" + folder.resolve("cache"),
                                "Dir::Log=" + folder.resolve("log"),
                                "APT::Architecture=" + arch,
                                "APT::Architectures=" + arch,
                                "APT::Sandbox::User=root",
                                "APT::Update::Error-Mode=any",
                                "Acquire::Languages=none",
                                "Acquire::Retries=3",
                                "Debug::NoLocking=true"));
        sources.ifPresent(file -> {
            options.add("Dir::Etc::sourcelist=" + file.toAbsolutePath());
            options.add("Dir::Etc::sourceparts=/dev/null");
            options.add("Dir::Etc::preferences=/dev/null");
            options.add("Dir::Etc::preferencesparts=/dev/null");
        });
        options.forEach(option -> {
            argv.add("--option");
            argv.add(option);
        });
        argv.addAll(arguments);
        return argv;
    }

    /** A folder of our own with everything in it. */
    static void remove(Path folder) throws IOException {
        if (Files.exists(folder)) {
            try (Stream<Path> all = Files.walk(folder)) {
                for (Path path : all.sorted(java.util.Comparator.reverseOrder()).toList()) {
                    Files.delete(path);
                }
            }
        }
    }
}
