package io.davit.common;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.regex.Pattern;

/**
 * Which configuration keys a K3s version has: an unknown key stops k3s. One table for all who need
 * to know it, the resource {@code k3s-keys.tsv}: key, {@code server}, {@code agent} or {@code
 * both}, the first version that has it, the first version that has it no more.
 */
public final class K3sKeys {

    private static final Pattern VERSION = Pattern.compile("v?(\\d+)\\.(\\d+)(?:\\.(\\d+))?.*");

    private final List<Row> rows;

    private K3sKeys(List<Row> rows) {
        this.rows = List.copyOf(rows);
    }

    /** Of which command. */
    public enum Kind {
        /** {@code k3s server}, which has most agent keys too. */
        SERVER,
        /** {@code k3s agent}. */
        AGENT
    }

    /** The table that is built in. */
    public static K3sKeys standard() {
        try (var table = K3sKeys.class.getResourceAsStream("k3s-keys.tsv")) {
            if (table == null) {
                throw new IllegalStateException(
                        "cannot read k3s-keys.tsv: it is not in the package");
            }
            return parse(new String(table.readAllBytes(), StandardCharsets.UTF_8));
        } catch (IOException e) {
            throw new UncheckedIOException("cannot read k3s-keys.tsv", e);
        }
    }

    static K3sKeys parse(String table) {
        var rows = new ArrayList<Row>();
        for (String line : table.split("\n", -1)) {
            if (line.isBlank() || line.startsWith("#")) {
                continue;
            }
            String[] cells = line.split("\t", -1);
            if (cells.length != 4 || !List.of("server", "agent", "both").contains(cells[1])) {
                throw new IllegalStateException(
                        "cannot read line \"" + line + "\" of k3s-keys.tsv");
            }
            rows.add(
                    new Row(
                            cells[0],
                            !cells[1].equals("agent"),
                            !cells[1].equals("server"),
                            version(cells[2]),
                            cells[3].equals("-")
                                    ? new int[] {Integer.MAX_VALUE, 0, 0}
                                    : version(cells[3])));
        }
        return new K3sKeys(rows);
    }

    /**
     * Does this version have the key?
     *
     * @param version "v1.34.1+k3s1"; only the Kubernetes version counts
     */
    public boolean has(String version, Kind kind, String key) {
        int[] at = version(version);
        return rows.stream().anyMatch(row -> row.key().equals(key) && row.holds(at, kind));
    }

    /** All keys of this version. */
    public SortedSet<String> keys(String version, Kind kind) {
        int[] at = version(version);
        var keys = new TreeSet<String>();
        rows.stream().filter(row -> row.holds(at, kind)).forEach(row -> keys.add(row.key()));
        return keys;
    }

    private static int[] version(String text) {
        var match = VERSION.matcher(text);
        if (!match.matches()) {
            throw new IllegalArgumentException(
                    "cannot read K3s version \"" + Names.printable(text) + "\"");
        }
        return new int[] {
            Integer.parseInt(match.group(1)),
            Integer.parseInt(match.group(2)),
            match.group(3) == null ? 0 : Integer.parseInt(match.group(3))
        };
    }

    @SuppressWarnings("ArrayRecordComponent") // never compared, never leaves this class
    private record Row(String key, boolean server, boolean agent, int[] since, int[] until) {
        boolean holds(int[] at, Kind kind) {
            return (kind == Kind.SERVER ? server : agent)
                    && Arrays.compare(at, since) >= 0
                    && Arrays.compare(at, until) < 0;
        }
    }
}
