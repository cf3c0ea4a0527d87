package io.davit.agent.system;

import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Who listens on a TCP port, as ss(8) tells it. */
public final class PortHolder {

    /** When it cannot be told. */
    public static final String UNKNOWN = "another program";

    private static final Pattern USERS =
            Pattern.compile("users:\\(\\(\"([^\"]{1,40})\",pid=([0-9]+)");

    private PortHolder() {}

    /** The command that tells it. */
    public static List<String> question(int port) {
        return List.of("ss", "-ltnpH", "sport", "=", ":" + port);
    }

    /**
     * @param shown what the command printed
     * @return "sshd (pid 812)"
     */
    public static String in(String shown) {
        Matcher users = USERS.matcher(shown);
        return users.find() ? "%s (pid %s)".formatted(users.group(1), users.group(2)) : UNKNOWN;
    }
}
