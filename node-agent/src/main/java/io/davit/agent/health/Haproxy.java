package io.davit.agent.health;

import io.davit.agent.profile.Action;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/** What HAProxy's admin socket says (management guide, section 9.1, CSV format). */
public final class Haproxy {

    public static final Action.Question INFO = new Action.Question("show info", "");
    public static final Action.Question STAT = new Action.Question("show stat", "");

    private static final String SERVER_ROW = "2";

    /** Forced and inherited drain, in {@code srv_admin_state} (management guide, 9.3). */
    private static final int DRAINED = 0x08 | 0x10;

    /** A server state file that names no server (management guide, {@code show servers state}). */
    public static final String NO_STATE = "1\n";

    /** In {@code srv_op_state}. */
    private static final String RUNNING = "2";

    /** In {@code srv_check_result}. */
    private static final String PASSED = "3";

    private static final String PID = "Pid: ";

    /**
     * Of a server that has not been checked since HAProxy began and is down for that: its checks
     * are configured and enabled (6). A check status of 0 would keep it down for ever (seen with
     * 2.6.12), and so would a check state, or no traffic a weight, that somebody gave another one.
     */
    private static final Map<String, String> UNSEEN =
            Map.of(
                    "srv_op_state", "0",
                    "srv_admin_state", "0",
                    "srv_uweight", "1",
                    "srv_iweight", "1",
                    "srv_time_since_last_change", "0",
                    "srv_check_status", "1",
                    "srv_check_result", "0",
                    "srv_check_health", "0",
                    "srv_check_state", "6",
                    "srv_agent_state", "0");

    private Haproxy() {}

    /**
     * A server of a backend.
     *
     * @param status UP, DOWN, DRAIN, MAINT, with a way such as "UP 1/2" while it changes
     * @param check how its last check ended: "L7OK/200", "L4CON"; empty before the first
     * @param sessions current sessions
     */
    public record Server(String name, String status, String check, long sessions) {

        public boolean up() {
            return status.equals("UP") && check.startsWith("L7OK");
        }
    }

    /** The servers of a backend in an answer to {@code show stat}. */
    public static List<Server> servers(String csv, String backend) {
        return rows(csv, ",").stream()
                .filter(row -> row.getOrDefault("type", "").equals(SERVER_ROW))
                .filter(row -> row.getOrDefault("pxname", "").equals(backend))
                .map(Haproxy::server)
                .toList();
    }

    /** The question for {@link #drained}. */
    public static Action.Question state(String backend) {
        return new Action.Question("show servers state " + backend, "");
    }

    /** The servers that are drained, in an answer to {@link #state}. */
    public static Set<String> drained(String answer) {
        var drained = new TreeSet<String>();
        for (var row : rows(answer, " ")) {
            String state = row.getOrDefault("srv_admin_state", "");
            if (state.matches("[0-9]{1,4}") && (Integer.parseInt(state) & DRAINED) != 0) {
                drained.add(row.getOrDefault("srv_name", ""));
            }
        }
        return drained;
    }

    /** The process that serves now, in an answer to {@link #INFO}; empty if it does not say. */
    public static String pid(String answer) {
        return answer.lines()
                .filter(line -> line.startsWith(PID))
                .map(line -> line.substring(PID.length()))
                .findFirst()
                .orElse("");
    }

    /**
     * A server state file for HAProxy's next reload: every server of its configuration that the
     * HAProxy that runs has not seen up, as down. Names no server where it has seen none up, since
     * one that begins as down is tried later.
     *
     * @param config what it will read
     * @param answer to {@link #state}, of the one that runs
     */
    public static String unseen(String config, String backend, String answer) {
        var rows = rows(answer, " ");
        var seen = rows.stream().filter(Haproxy::seenUp).map(Haproxy::place).toList();
        var configured = configured(config, backend);
        if (configured.stream().noneMatch(seen::contains)) {
            return NO_STATE;
        }
        var names = names(answer, " ");
        var file = new StringBuilder(NO_STATE).append("# ").append(String.join(" ", names));
        for (int i = 0; i < configured.size(); i++) {
            if (!seen.contains(configured.get(i))) {
                file.append('\n').append(unseen(configured.get(i), i + 1, names, rows.getFirst()));
            }
        }
        return file.append('\n').toString();
    }

    /** Running, in nobody's maintenance, and found well by its last check. */
    private static boolean seenUp(Map<String, String> row) {
        return row.getOrDefault("srv_op_state", "").equals(RUNNING)
                && row.getOrDefault("srv_admin_state", "").equals("0")
                && row.getOrDefault("srv_check_result", "").equals(PASSED);
    }

    private static String place(Map<String, String> row) {
        return "%s %s:%s".formatted(row.get("srv_name"), row.get("srv_addr"), row.get("srv_port"));
    }

    /** The servers of a configuration: name, space, address with port. */
    private static List<String> configured(String config, String backend) {
        var servers = new ArrayList<String>();
        boolean inside = false;
        for (String line : config.lines().toList()) {
            String[] words = line.strip().split("[ \t]+");
            if (!line.isBlank() && !Character.isWhitespace(line.charAt(0))) {
                inside = line.strip().equals("backend " + backend);
            } else if (inside && words.length > 2 && words[0].equals("server")) {
                servers.add(words[1] + " " + words[2]);
            }
        }
        return servers;
    }

    /** One line of a state file, whose other columns are those of any server there. */
    private static String unseen(
            String server, int number, List<String> names, Map<String, String> some) {
        int space = server.indexOf(' ');
        int colon = server.lastIndexOf(':');
        var row = new HashMap<>(some);
        row.putAll(UNSEEN);
        row.put("srv_id", Integer.toString(number));
        row.put("srv_name", server.substring(0, space));
        row.put("srv_addr", server.substring(space + 1, colon));
        row.put("srv_port", server.substring(colon + 1));
        return String.join(" ", names.stream().map(name -> row.getOrDefault(name, "-")).toList());
    }

    private static List<String> names(String answer, String separator) {
        return answer.lines()
                .filter(line -> line.startsWith("# "))
                .findFirst()
                .map(line -> List.of(line.substring(2).split(separator, -1)))
                .orElse(List.of());
    }

    /** The rows of a table that an answer is, by the names of its columns. */
    private static List<Map<String, String>> rows(String answer, String separator) {
        var names = names(answer, separator);
        return answer.lines()
                .dropWhile(line -> !line.startsWith("# "))
                .skip(1)
                .filter(line -> !line.isBlank())
                .map(line -> row(names, line.split(separator, -1)))
                .toList();
    }

    private static Map<String, String> row(List<String> names, String[] values) {
        var row = new HashMap<String, String>();
        for (int i = 0; i < Math.min(names.size(), values.length); i++) {
            row.put(names.get(i), values[i]);
        }
        return row;
    }

    private static Server server(Map<String, String> row) {
        String code = row.getOrDefault("check_code", "");
        // a check under way is marked "* L7OK"
        String check = row.getOrDefault("check_status", "").replace("* ", "");
        String sessions = row.getOrDefault("scur", "");
        return new Server(
                row.getOrDefault("svname", ""),
                row.getOrDefault("status", ""),
                code.isEmpty() ? check : check + "/" + code,
                sessions.matches("[0-9]{1,18}") ? Long.parseLong(sessions) : 0);
    }
}
