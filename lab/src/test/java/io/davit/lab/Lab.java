package io.davit.lab;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** One run of the lab, driven by the same commands that people type. */
final class Lab implements AutoCloseable {

    private static final Duration PATIENCE = Duration.ofMinutes(8);

    private final Path home =
            Path.of(System.getProperty("davit.home", ".")).toAbsolutePath().normalize();
    private final Map<String, String> environment;

    Lab(String run) {
        this(run, Map.of());
    }

    /**
     * A run whose commands get more environment, {@code DAVIT_K3S_IMAGES} for example.
     *
     * @param run its name
     */
    Lab(String run, Map<String, String> more) {
        environment = new HashMap<>(more);
        environment.put("DAVIT_LAB_RUN", run);
    }

    /** What a command said and how it ended. */
    record Said(List<String> command, int exitCode, String out, String err) {

        /** Standard output of a command that must have succeeded. */
        String ok() {
            if (exitCode != 0) {
                throw new AssertionError(this);
            }
            return out;
        }

        List<String> lines() {
            return ok().lines().toList();
        }

        @Override
        public String toString() {
            return "%s: exit %d%n%s%n%s".formatted(String.join(" ", command), exitCode, out, err);
        }
    }

    /** The project's root. */
    Path home() {
        return home;
    }

    /** The package davit-agent that install/debs made. */
    Path agentPackage() throws IOException {
        try (var files =
                Files.newDirectoryStream(home.resolve("install/target"), "davit-agent_*.deb")) {
            return files.iterator().next();
        }
    }

    Said up(String... hosts) {
        return lab(with("up", hosts));
    }

    Said exec(String host, String... command) {
        return lab(with("exec", with(host, command)));
    }

    /** A shell command line inside a host; only for tests' own constant text. */
    Said sh(String host, String script) {
        return exec(host, "sh", "-c", script);
    }

    /** Waits inside a host for a shell condition, two minutes at most. */
    void await(String host, String condition) {
        exec(host, "timeout", "120", "sh", "-c", "until " + condition + "; do sleep 0.1; done")
                .ok();
    }

    /** Runs a script of the tests' resources inside a host. */
    Said script(String host, String resource) {
        return run(
                resource(resource),
                with(home.resolve("lab/lab").toString(), "exec", host, "sh", "-s"));
    }

    private Path resource(String name) {
        return home.resolve("lab/src/test/resources").resolve(name);
    }

    Said lab(String... arguments) {
        return run(with(home.resolve("lab/lab").toString(), arguments));
    }

    /** Runs a script of the project, {@code lab/stage} or {@code lab/davit} for example. */
    Said tool(String name, String... arguments) {
        return run(with(home.resolve(name).toString(), arguments));
    }

    /**
     * Starts a shell script inside a host and goes on; it ends with the test's process at the
     * latest.
     */
    Process background(String host, String script) {
        return start(with(home.resolve("lab/lab").toString(), "exec", host, "sh", "-c", script));
    }

    /** Starts a Python program of the tests' resources on the machine, in the run's network. */
    Process net(String resource, String... arguments) {
        return start(
                with(
                        home.resolve("lab/lab").toString(),
                        with(
                                "net",
                                with("python3", with(resource(resource).toString(), arguments)))));
    }

    /** Runs a program of this machine with a text as its input. */
    Said check(String input, String... command) {
        try {
            Path file = Files.createTempFile("davit-lab", ".in");
            try {
                Files.writeString(file, input, StandardCharsets.UTF_8);
                return run(file, command);
            } finally {
                Files.deleteIfExists(file);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private Process start(String... command) {
        try {
            var builder =
                    new ProcessBuilder(command)
                            .directory(home.toFile())
                            .redirectInput(Path.of("/dev/null").toFile())
                            .redirectErrorStream(true);
            builder.environment().putAll(environment);
            return builder.start();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private Said run(String... command) {
        return run(Path.of("/dev/null"), command);
    }

    private Said run(Path input, String... command) {
        try {
            Path out = Files.createTempFile("davit-lab", ".out");
            Path err = Files.createTempFile("davit-lab", ".err");
            try {
                var builder = new ProcessBuilder(command).directory(home.toFile());
                builder.environment().putAll(environment);
                builder.redirectInput(input.toFile());
                builder.redirectOutput(out.toFile()).redirectError(err.toFile());
                Process process = builder.start();
                if (!process.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS)) {
                    process.destroyForcibly();
                    throw new AssertionError(
                            "no end after " + PATIENCE + ": " + said(command, -1, out, err));
                }
                return said(command, process.exitValue(), out, err);
            } finally {
                Files.deleteIfExists(out);
                Files.deleteIfExists(err);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError("interrupted", e);
        }
    }

    private static Said said(String[] command, int exitCode, Path out, Path err)
            throws IOException {
        return new Said(
                List.of(command),
                exitCode,
                Files.readString(out, StandardCharsets.UTF_8),
                Files.readString(err, StandardCharsets.UTF_8));
    }

    private static String[] with(String first, String... rest) {
        var all = new ArrayList<String>(List.of(first));
        all.addAll(List.of(rest));
        return all.toArray(String[]::new);
    }

    /** Ends the run's hosts and wipes their disks. */
    @Override
    public void close() {
        lab("down", "--wipe").ok();
    }
}
