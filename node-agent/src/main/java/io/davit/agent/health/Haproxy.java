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
        var servers = new ArrayList<Server>();
        List<String> names = List.of();
        for (String line : csv.lines().toList()) {
            if (line.startsWith("# ")) {
                names = List.of(line.substring(2).split(",", -1));
            } else if (!names.isEmpty()) {
                var row = row(names, line.split(",", -1));
                if (row.getOrDefault("type", "").equals(SERVER_ROW)
                        && row.getOrDefault("pxname", "").equals(backend)) {
                    servers.add(server(row));
                }
            }
        }
        return servers;
    }

    /** The question for {@link #drained}. */
    public static Action.Question state(String backend) {
        return new Action.Question("show servers state " + backend, "");
    }

    /** The servers that are drained, in an answer to {@link #state}. */
    public static Set<String> drained(String answer) {
        var drained = new TreeSet<String>();
        List<String> names = List.of();
        for (String line : answer.lines().toList()) {
            if (line.startsWith("# ")) {
                names = List.of(line.substring(2).split(" ", -1));
            } else if (!names.isEmpty()) {
                var row = row(names, line.split(" ", -1));
                String state = row.getOrDefault("srv_admin_state", "");
                if (state.matches("[0-9]{1,4}") && (Integer.parseInt(state) & DRAINED) != 0) {
                    drained.add(row.getOrDefault("srv_name", ""));
                }
            }
        }
        return drained;
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
