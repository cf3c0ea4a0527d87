package io.davit.agent.system;

import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** systemd by its own programs, systemctl and journalctl. */
public final class SystemctlSystemd implements Systemd {

    /**
     * For a package that brings an init script too, systemctl would call update-rc.d, which writes
     * below /etc by itself: that is read-only here.
     */
    private static final Map<String, String> WITHOUT_SYSV = Map.of("SYSTEMCTL_SKIP_SYSV", "1");

    private static final Duration DEADLINE = Duration.ofSeconds(30);
    private static final String PROPERTIES =
            "LoadState,ActiveState,SubState,UnitFileState,FragmentPath,InvocationID,NRestarts,Job,"
                    + "AssertResult,AssertTimestampMonotonic,Result,NeedDaemonReload,"
                    + "InactiveExitTimestamp,StateChangeTimestamp";
    private static final Pattern TIMESTAMP =
            Pattern.compile("[A-Z][a-z]{2} ([0-9-]{10}) ([0-9:]{8}\\.[0-9]{6}) UTC");

    private final Processes processes;

    public SystemctlSystemd(Processes processes) {
        this.processes = processes;
    }

    @Override
    public UnitStatus unit(String name) throws IOException, InterruptedException {
        return status(show(List.of(name)));
    }

    /** systemctl shows them in the order in which they are asked for, a blank line between two. */
    @Override
    public Map<String, UnitStatus> units(Collection<String> names)
            throws IOException, InterruptedException {
        var statuses = new LinkedHashMap<String, UnitStatus>();
        if (names.isEmpty()) {
            return statuses;
        }
        String[] blocks = show(names).strip().split("\n\n", -1);
        if (blocks.length != names.size()) {
            throw new IOException(
                    "systemctl show answered %d units, asked for %d"
                            .formatted(blocks.length, names.size()));
        }
        int next = 0;
        for (String name : names) {
            statuses.put(name, status(blocks[next++]));
        }
        return statuses;
    }

    private String show(Collection<String> names) throws IOException, InterruptedException {
        var arguments =
                new ArrayList<>(
                        List.of("show", "--timestamp=us+utc", "--property=" + PROPERTIES, "--"));
        names.forEach(name -> arguments.add(name + ".service"));
        return systemctl(arguments.toArray(String[]::new)).stdout();
    }

    private static UnitStatus status(String shown) {
        Map<String, String> values = new HashMap<>();
        for (String line : shown.split("\n", -1)) {
            int equals = line.indexOf('=');
            if (equals > 0) {
                values.put(line.substring(0, equals), line.substring(equals + 1));
            }
        }
        // before the first start AssertResult is "no" with no timestamp
        boolean asserted =
                !"no".equals(values.get("AssertResult"))
                        || "0".equals(values.getOrDefault("AssertTimestampMonotonic", "0"));
        return new UnitStatus(
                values.getOrDefault("LoadState", "not-found"),
                values.getOrDefault("ActiveState", "inactive"),
                values.getOrDefault("SubState", "dead"),
                values.getOrDefault("UnitFileState", ""),
                values.getOrDefault("FragmentPath", ""),
                values.getOrDefault("InvocationID", ""),
                instant(values.getOrDefault("InactiveExitTimestamp", "")),
                instant(values.getOrDefault("StateChangeTimestamp", "")),
                number(values.get("NRestarts")),
                number(values.get("Job")),
                asserted,
                values.getOrDefault("Result", "success"),
                "yes".equals(values.get("NeedDaemonReload")));
    }

    /** "Mon 2026-11-23 18:24:16.123456 UTC" */
    static Optional<Instant> instant(String text) {
        Matcher matcher = TIMESTAMP.matcher(text);
        return matcher.matches()
                ? Optional.of(Instant.parse(matcher.group(1) + "T" + matcher.group(2) + "Z"))
                : Optional.empty();
    }

    private static int number(@org.jspecify.annotations.Nullable String text) {
        return text == null || !text.matches("[0-9]{1,9}") ? 0 : Integer.parseInt(text);
    }

    @Override
    public void reload() throws IOException, InterruptedException {
        systemctl("daemon-reload");
    }

    @Override
    public void enable(String unit) throws IOException, InterruptedException {
        systemctl("enable", "--", unit + ".service");
    }

    @Override
    public void disable(String unit) throws IOException, InterruptedException {
        systemctl("disable", "--", unit + ".service");
    }

    @Override
    public void mask(String unit) throws IOException, InterruptedException {
        systemctl("mask", "--runtime", "--", unit + ".service");
    }

    @Override
    public void unmask(String unit) throws IOException, InterruptedException {
        systemctl("unmask", "--runtime", "--", unit + ".service");
    }

    @Override
    public void start(String unit) throws IOException, InterruptedException {
        systemctl("start", "--no-block", "--", unit + ".service");
    }

    @Override
    public void restart(String unit) throws IOException, InterruptedException {
        systemctl("restart", "--no-block", "--", unit + ".service");
    }

    @Override
    public void reload(String unit) throws IOException, InterruptedException {
        systemctl("reload", "--", unit + ".service");
    }

    @Override
    public void stop(String unit) throws IOException, InterruptedException {
        systemctl("stop", "--no-block", "--", unit + ".service");
    }

    @Override
    public void resetFailed(String unit) throws IOException, InterruptedException {
        systemctl("reset-failed", "--", unit + ".service");
    }

    @Override
    public List<String> log(String unit, int lines) throws InterruptedException {
        try {
            var finished =
                    processes.run(
                            Command.of(
                                    Duration.ofSeconds(10),
                                    "journalctl",
                                    "--unit=" + unit + ".service",
                                    "--lines=" + lines,
                                    "--output=cat",
                                    "--no-pager",
                                    "--quiet"));
            var shown = new ArrayList<String>();
            finished.stdout().lines().forEach(line -> shown.add(Printable.line(line, 300)));
            return shown.size() <= lines
                    ? shown
                    : shown.subList(shown.size() - lines, shown.size());
        } catch (IOException e) {
            return List.of();
        }
    }

    private Finished systemctl(String... arguments) throws IOException, InterruptedException {
        var argv = new ArrayList<String>();
        argv.add("systemctl");
        argv.add("--no-pager");
        argv.add("--no-ask-password");
        argv.addAll(List.of(arguments));
        var finished = processes.run(new Command(argv, WITHOUT_SYSV, new byte[0], DEADLINE));
        if (!finished.ok()) {
            throw new IOException(
                    "systemctl " + String.join(" ", arguments) + ": " + finished.cause());
        }
        return finished;
    }
}
