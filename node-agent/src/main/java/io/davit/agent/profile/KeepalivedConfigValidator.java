package io.davit.agent.profile;

import io.davit.common.Names;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * keepalived's configuration: one address that follows HAProxy. keepalived runs the scripts of this
 * file, so that the only one allowed is the look whether HAProxy runs; notify scripts, includes and
 * virtual servers are refused. {@code keepalived -t} is no judge: 2.2.7 ends with 143 when a script
 * user is set.
 */
final class KeepalivedConfigValidator implements Validator {

    static final String SCRIPT = "/usr/bin/systemctl is-active --quiet haproxy";

    /** Each block with the keywords in it; blocks are named by all blocks around them. */
    private static final Map<String, Set<String>> KEYWORDS =
            Map.of(
                    "", Set.of(),
                    "global_defs",
                            Set.of(
                                    "router_id",
                                    "enable_script_security",
                                    "script_user",
                                    "vrrp_version",
                                    "vrrp_garp_master_delay",
                                    "vrrp_garp_master_repeat",
                                    "vrrp_garp_master_refresh"),
                    "vrrp_script",
                            Set.of(
                                    "interval",
                                    "timeout",
                                    "fall",
                                    "rise",
                                    "weight",
                                    "user",
                                    "init_fail"),
                    "vrrp_instance",
                            Set.of(
                                    "state",
                                    "nopreempt",
                                    "interface",
                                    "virtual_router_id",
                                    "priority",
                                    "advert_int",
                                    "unicast_src_ip",
                                    "garp_master_delay",
                                    "garp_master_refresh",
                                    "preempt_delay",
                                    "dont_track_primary"));

    private static final String V4 = "[0-9]{1,3}(\\.[0-9]{1,3}){3}";
    private static final String V6 = "[0-9A-Fa-f]*:[0-9A-Fa-f:.]+";

    /**
     * Each block without keywords, with what every line of it must be: keepalived reads another
     * file for a line that begins with "include", wherever it stands.
     */
    private static final Map<String, Pattern> LINES =
            Map.of(
                    "vrrp_instance/unicast_peer",
                    Pattern.compile(V4 + "|" + V6),
                    "vrrp_instance/virtual_ipaddress",
                    Pattern.compile(
                            "(" + V4 + "/32|" + V6 + "/128)[ \t]+dev[ \t]+[A-Za-z0-9_.:-]{1,15}"),
                    "vrrp_instance/track_script",
                    Pattern.compile("haproxy"));

    private static final Set<String> NAMED = Set.of("vrrp_script", "vrrp_instance");
    private static final Pattern WORD = Pattern.compile("[A-Za-z0-9_.:/-]+");
    private static final Pattern NAME = Pattern.compile("[A-Za-z0-9_.-]+");

    @Override
    public void validate(byte[] content) {
        Deque<String> blocks = new ArrayDeque<>();
        int number = 0;
        for (String line : Validators.utf8(content).split("\n", -1)) {
            number++;
            String text = line.strip();
            need(
                    line.chars().noneMatch(c -> c < 0x20 && c != '\t'),
                    "line " + number + ": a control character is not allowed");
            if (!text.isEmpty() && !text.startsWith("#") && !text.startsWith("!")) {
                String where = "line " + number + ": ";
                if (text.equals("}")) {
                    need(!blocks.isEmpty(), where + "there is no block to end");
                    blocks.removeLast();
                } else if (text.endsWith("{")) {
                    open(text.substring(0, text.length() - 1).strip(), blocks, where);
                } else {
                    line(text, String.join("/", blocks), where);
                }
            }
        }
        need(blocks.isEmpty(), "block " + String.join("/", blocks) + " does not end");
    }

    private static void open(String head, Deque<String> blocks, String where) {
        List<String> words = Arrays.asList(head.split("[ \t]+"));
        String name = words.getFirst();
        blocks.addLast(name);
        String block = String.join("/", blocks);
        need(
                !name.contains("/")
                        && !block.isEmpty()
                        && (KEYWORDS.containsKey(block) || LINES.containsKey(block)),
                where + "block " + Names.printable(name) + " is not allowed here");
        need(
                NAMED.contains(block)
                        ? words.size() == 2 && NAME.matcher(words.get(1)).matches()
                        : words.size() == 1,
                where + "block " + name + " has a wrong name");
    }

    private static void line(String text, String block, String where) {
        if (block.equals("vrrp_script") && text.matches("script[ \t].*")) {
            need(
                    text.substring("script".length()).strip().equals('"' + SCRIPT + '"'),
                    where + "script \"" + SCRIPT + "\" is needed");
            return;
        }
        Pattern form = LINES.get(block);
        if (form != null) {
            need(
                    form.matcher(text).matches(),
                    where + "\"" + Names.printable(text) + "\" is not allowed in " + block);
            return;
        }
        List<String> words = Arrays.asList(text.split("[ \t]+"));
        for (String word : words) {
            need(
                    WORD.matcher(word).matches(),
                    where + "\"" + Names.printable(word) + "\" is not allowed");
        }
        need(
                KEYWORDS.getOrDefault(block, Set.of()).contains(words.getFirst()),
                where
                        + Names.printable(words.getFirst())
                        + " is not allowed in "
                        + (block.isEmpty() ? "no block" : block));
    }

    private static void need(boolean right, String otherwise) {
        if (!right) {
            throw new IllegalArgumentException(otherwise);
        }
    }
}
