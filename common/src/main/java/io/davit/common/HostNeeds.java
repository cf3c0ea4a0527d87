package io.davit.common;

import java.time.Duration;
import java.util.Map;
import java.util.Set;

/** What Davit asks of a machine: for the plan, which refuses, and for the doctors, which tell. */
public final class HostNeeds {

    private static final Map<String, Set<String>> SYSTEMS =
            Map.of("debian", Set.of("12", "13"), "ubuntu", Set.of("22.04", "24.04"));

    /** The same, for people. */
    public static final String SYSTEMS_TEXT = "Debian 12 and 13, Ubuntu 22.04 and 24.04";

    /** The oldest systemd whose units and commands are those that we use. */
    public static final int SYSTEMD = 247;

    /** An offset that somebody should know of. */
    public static final Duration CLOCK_WARNING = Duration.ofMillis(500);

    /** From here on nothing is done: certificates and leases would not hold. */
    public static final Duration CLOCK_LIMIT = Duration.ofSeconds(30);

    /** CPUs that K3s wants for a server. */
    public static final int SERVER_CPUS = 2;

    /** What a machine of 2 GiB, which K3s wants for a server, tells that it has. */
    public static final long SERVER_MEMORY_BYTES = 1900L << 20;

    /** Free room that etcd's data needs to begin with. */
    public static final long ETCD_ROOM_BYTES = 256L << 20;

    /** Free room that k3s' data needs to begin with. */
    public static final long K3S_ROOM_BYTES = 512L << 20;

    private HostNeeds() {}

    /**
     * Whether roles are set up on this OS.
     *
     * @param id as in os-release: "debian"
     */
    public static boolean supports(String id, String version) {
        return SYSTEMS.getOrDefault(id, Set.of()).contains(version);
    }

    /**
     * A value out of the text of an os-release file; "" without one.
     *
     * @param name as there: "VERSION_ID"
     * @see <a href="https://www.freedesktop.org/software/systemd/man/latest/os-release.html">its
     *     format</a>
     */
    public static String osRelease(String text, String name) {
        return text.lines()
                .filter(line -> line.startsWith(name + "="))
                .map(line -> line.substring(name.length() + 1).replace("\"", ""))
                .findFirst()
                .orElse("");
    }
}
