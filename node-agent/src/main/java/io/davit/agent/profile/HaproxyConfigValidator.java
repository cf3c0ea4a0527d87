package io.davit.agent.profile;

import io.davit.common.Names;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * HAProxy's configuration, as far as a TCP load balancer before API servers needs it. A keyword
 * that is not listed here for its section is refused: with others HAProxy runs programs, loads Lua
 * or listens where nobody planned. Nothing is quoted or escaped, so that a word is what it looks
 * like; paths are the profile's.
 *
 * <p>Keywords: HAProxy configuration manual, 2.4 to 3.0, sections 3, 4 and 5.
 */
final class HaproxyConfigValidator implements Validator {

    private static final Map<String, Set<String>> KEYWORDS =
            Map.of(
                    "global",
                    Set.of(
                            "log",
                            "chroot",
                            "user",
                            "group",
                            "daemon",
                            "maxconn",
                            "nbthread",
                            "stats",
                            "server-state-file",
                            "hard-stop-after"),
                    "defaults",
                    Set.of(
                            "log",
                            "mode",
                            "option",
                            "timeout",
                            "retries",
                            "maxconn",
                            "balance",
                            "default-server",
                            "clitcpka-idle",
                            "clitcpka-intvl",
                            "clitcpka-cnt",
                            "srvtcpka-idle",
                            "srvtcpka-intvl",
                            "srvtcpka-cnt"),
                    "frontend",
                    Set.of(
                            "bind",
                            "mode",
                            "log",
                            "option",
                            "timeout",
                            "maxconn",
                            "default_backend"),
                    "backend",
                    Set.of(
                            "mode",
                            "log",
                            "balance",
                            "option",
                            "timeout",
                            "retries",
                            "http-check",
                            "load-server-state-from-file",
                            "default-server",
                            "server"));

    private static final Set<String> OPTIONS =
            Set.of(
                    "tcplog",
                    "dontlognull",
                    "dontlog-normal",
                    "clitcpka",
                    "srvtcpka",
                    "redispatch",
                    "httpchk",
                    "tcp-check",
                    "log-health-checks",
                    "splice-auto");

    /** Words after a server's address, each with the number of values that follow. */
    private static final Map<String, Integer> SERVER_WORDS =
            Map.ofEntries(
                    Map.entry("check", 0),
                    Map.entry("check-ssl", 0),
                    Map.entry("backup", 0),
                    Map.entry("verify", 1),
                    Map.entry("verifyhost", 1),
                    Map.entry("check-sni", 1),
                    Map.entry("ca-file", 1),
                    Map.entry("crt", 1),
                    Map.entry("port", 1),
                    Map.entry("inter", 1),
                    Map.entry("fastinter", 1),
                    Map.entry("downinter", 1),
                    Map.entry("fall", 1),
                    Map.entry("rise", 1),
                    Map.entry("weight", 1),
                    Map.entry("maxconn", 1),
                    Map.entry("slowstart", 1),
                    Map.entry("init-addr", 1),
                    Map.entry("on-marked-down", 1),
                    Map.entry("on-marked-up", 1));

    private static final Map<String, String> FIXED =
            Map.of(
                    "ca-file", LoadBalancerProfile.SERVER_CA,
                    "crt", LoadBalancerProfile.CHECK_CERTIFICATE,
                    "verify", "required",
                    "server-state-file", LoadBalancerProfile.SERVER_STATE,
                    "load-server-state-from-file", "global",
                    "chroot", "/var/lib/haproxy",
                    "user", "haproxy",
                    "group", "haproxy");

    private static final Set<String> LOGS = Set.of("global", "/dev/log", "stdout", "stderr");
    private static final Pattern LINE = Pattern.compile("[\\x21-\\x7e \\t]*");
    private static final Pattern SPECIAL = Pattern.compile("[\"'\\\\@`]|\\$\\{");
    private static final Pattern NAME = Pattern.compile("[A-Za-z0-9_.:-]+");
    private static final Pattern ADDRESS =
            Pattern.compile("(\\*|[0-9A-Za-z.-]+|\\[?[0-9a-fA-F:.]+\\]?|):[0-9]{1,5}");

    @Override
    public void validate(byte[] content) {
        String section = "";
        int number = 0;
        for (String line : Validators.utf8(content).split("\n", -1)) {
            number++;
            try {
                section = line(line, section);
            } catch (IllegalArgumentException e) {
                throw new IllegalArgumentException("line " + number + ": " + e.getMessage(), e);
            }
        }
    }

    /** Judges one line; says which section the next one is in. */
    private static String line(String line, String section) {
        need(LINE.matcher(line).matches(), "only printable ASCII is allowed");
        String text = line.strip();
        if (text.isEmpty() || text.startsWith("#")) {
            return section;
        }
        need(
                !SPECIAL.matcher(text).find() && !text.contains("#"),
                "quotes, escapes, variables, @ and trailing comments are not allowed");
        List<String> words = new ArrayList<>(Arrays.asList(text.split("[ \t]+")));
        String keyword = words.removeFirst();
        if (KEYWORDS.containsKey(keyword)) {
            boolean named = keyword.equals("frontend") || keyword.equals("backend");
            need(
                    named
                            ? words.size() == 1 && NAME.matcher(words.getFirst()).matches()
                            : words.isEmpty(),
                    "section " + keyword + " has a wrong name");
            return keyword;
        }
        need(!section.isEmpty(), refused(keyword) + " outside of the sections that Davit writes");
        need(
                KEYWORDS.getOrDefault(section, Set.of()).contains(keyword),
                refused(keyword) + " in section " + section);
        keyword(keyword, words);
        return section;
    }

    private static void keyword(String keyword, List<String> words) {
        switch (keyword) {
            case "server" -> {
                need(words.size() >= 2, "a server has a name and an address");
                need(Probe.LABEL.matcher(words.get(0)).matches(), refused(words.get(0)));
                need(ADDRESS.matcher(words.get(1)).matches(), refused(words.get(1)));
                server(words.subList(2, words.size()));
            }
            case "default-server" -> server(words);
            case "bind" ->
                    need(
                            !words.isEmpty()
                                    && ADDRESS.matcher(words.getFirst()).matches()
                                    && Set.of("v4v6", "v6only", "transparent")
                                            .containsAll(words.subList(1, words.size())),
                            "bind takes an address with a port");
            case "stats" -> stats(words);
            case "log" ->
                    need(
                            !words.isEmpty()
                                    && LOGS.contains(words.getFirst())
                                    && noPaths(words, 1),
                            "log goes to one of " + LOGS.stream().sorted().toList());
            case "mode" -> need(words.equals(List.of("tcp")), "mode tcp is needed");
            case "option" ->
                    need(
                            !words.isEmpty() && OPTIONS.contains(words.getFirst()),
                            "this option is not one that Davit writes");
            case "http-check" ->
                    need(
                            !words.isEmpty()
                                    && List.of("expect", "send").contains(words.getFirst()),
                            "only http-check expect and send are allowed");
            default -> {
                String fixed = FIXED.get(keyword);
                need(
                        fixed == null ? noPaths(words, 0) : words.equals(List.of(fixed)),
                        fixed == null ? "a path is not allowed here" : fixed + " is needed");
            }
        }
    }

    private static void server(List<String> words) {
        for (int i = 0; i < words.size(); i++) {
            String word = words.get(i);
            Integer values = SERVER_WORDS.get(word);
            need(values != null, refused(word) + " of a server");
            if (values != null && values > 0) {
                need(i + values < words.size(), word + " needs a value");
                String value = words.get(i + 1);
                String fixed = FIXED.get(word);
                need(
                        fixed == null ? !value.contains("/") : value.equals(fixed),
                        word + " is " + Names.printable(value));
                i += values;
            }
        }
    }

    private static void stats(List<String> words) {
        if (words.size() >= 2 && words.getFirst().equals("socket")) {
            need(
                    words.get(1).equals(LoadBalancerProfile.SOCKET),
                    "the socket " + LoadBalancerProfile.SOCKET + " is needed");
            List<String> rest = words.subList(2, words.size());
            need(
                    rest.size() % 2 == 0 && noPaths(rest, 0),
                    "the socket's settings come with a value each");
            for (int i = 0; i < rest.size(); i += 2) {
                need(
                        Set.of(
                                        "mode 600",
                                        "mode 660",
                                        "level admin",
                                        "user root",
                                        "group haproxy",
                                        "user haproxy",
                                        "group root",
                                        "expose-fd listeners")
                                .contains(rest.get(i) + " " + rest.get(i + 1)),
                        refused(rest.get(i)));
            }
            return;
        }
        need(
                words.size() == 2 && words.getFirst().equals("timeout") && noPaths(words, 0),
                "only stats socket and stats timeout are allowed");
    }

    private static boolean noPaths(List<String> words, int from) {
        return words.subList(from, words.size()).stream().noneMatch(word -> word.contains("/"));
    }

    private static String refused(String word) {
        return Names.printable(word) + " is not allowed";
    }

    private static void need(boolean right, String otherwise) {
        if (!right) {
            throw new IllegalArgumentException(otherwise);
        }
    }
}
