package io.davit.agent.system;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * Transient units by systemd-run. Output goes to a file of the agent, since a pipe would close
 * under a running dpkg when the agent is killed; without {@code --collect}, so that a failed unit
 * stays visible under its name.
 */
public final class SystemdRunUnits implements TransientUnits {

    private static final Duration POLL = Duration.ofMillis(200);
    private static final int OUTPUT_CAP = 256 * 1024;

    private final Processes processes;
    private final Systemd systemd;
    private final HostClock clock;
    private final Path outputDirectory;

    public SystemdRunUnits(
            Processes processes, Systemd systemd, HostClock clock, Path outputDirectory) {
        this.processes = processes;
        this.systemd = systemd;
        this.clock = clock;
        this.outputDirectory = outputDirectory;
    }

    @Override
    public Finished run(String unit, List<String> properties, List<String> argv, Duration deadline)
            throws IOException, InterruptedException {
        Path output = outputDirectory.resolve(unit + ".log");
        UnitStatus before = systemd.unit(unit);
        if (before.up()) {
            return awaitEnd(unit, output, deadline);
        }
        if (before.activeState().equals("failed")) {
            systemd.resetFailed(unit);
        }
        Files.createDirectories(outputDirectory);
        Files.deleteIfExists(output);
        var command = new ArrayList<String>();
        command.addAll(
                List.of(
                        "systemd-run",
                        "--unit=" + unit,
                        "--wait",
                        "--quiet",
                        "--no-ask-password",
                        "--service-type=exec",
                        "--property=StandardOutput=append:" + output,
                        "--property=StandardError=append:" + output,
                        "--property=RuntimeMaxSec=" + Math.max(1, deadline.toSeconds()),
                        "--setenv=LC_ALL=C.UTF-8",
                        "--setenv=DEBIAN_FRONTEND=noninteractive"));
        properties.forEach(property -> command.add("--property=" + property));
        command.add("--");
        command.addAll(argv);
        Finished waited = processes.run(Command.of(deadline.plusSeconds(5), command));
        String printed = text(output);
        Files.deleteIfExists(output);
        return new Finished(waited.exitCode(), printed, printed.isBlank() ? waited.stderr() : "");
    }

    private Finished awaitEnd(String unit, Path output, Duration deadline)
            throws IOException, InterruptedException {
        long end = clock.nanoTime() + deadline.toNanos();
        while (clock.nanoTime() < end) {
            UnitStatus now = systemd.unit(unit);
            if (now.down()) {
                return new Finished(now.activeState().equals("failed") ? 1 : 0, text(output), "");
            }
            clock.sleep(POLL);
        }
        return new Finished(Finished.DEADLINE, text(output), "");
    }

    @Override
    public boolean await(String prefix, Duration deadline)
            throws IOException, InterruptedException {
        long end = clock.nanoTime() + deadline.toNanos();
        while (true) {
            var listed =
                    processes.run(
                            Command.of(
                                    Duration.ofSeconds(30),
                                    "systemctl",
                                    "list-units",
                                    "--plain",
                                    "--no-legend",
                                    "--no-pager",
                                    "--state=active,activating,deactivating",
                                    "--",
                                    prefix + "*"));
            if (!listed.ok()) {
                throw new IOException("systemctl list-units: " + listed.cause());
            }
            if (listed.stdout().isBlank()) {
                return true;
            }
            if (clock.nanoTime() >= end) {
                return false;
            }
            clock.sleep(POLL);
        }
    }

    private static String text(Path output) throws IOException {
        if (!Files.exists(output)) {
            return "";
        }
        try (var in = Files.newInputStream(output)) {
            return new String(in.readNBytes(OUTPUT_CAP), StandardCharsets.UTF_8);
        }
    }
}
