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

    private static final String ADDRESSES = "addresses";

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
                                    "script",
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
                                    "dont_track_primary"),
                    "vrrp_instance/unicast_peer", Set.of(ADDRESSES),
                    "vrrp_instance/virtual_ipaddress", Set.of(ADDRESSES),
                    "vrrp_instance/track_script", Set.of(ADDRESSES));

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
                !block.isEmpty() && KEYWORDS.containsKey(block),
                where + "block " + Names.printable(name) + " is not allowed here");
        need(
                NAMED.contains(block)
                        ? words.size() == 2 && NAME.matcher(words.get(1)).matches()
                        : words.size() == 1,
                where + "block " + name + " has a wrong name");
    }

    private static void line(String text, String block, String where) {
        Set<String> keywords = KEYWORDS.getOrDefault(block, Set.of());
        if (block.equals("vrrp_script") && text.matches("script[ \t].*")) {
            need(
                    text.substring("script".length()).strip().equals('"' + SCRIPT + '"'),
                    where + "script \"" + SCRIPT + "\" is needed");
            return;
        }
        List<String> words = Arrays.asList(text.split("[ \t]+"));
        for (String word : words) {
            need(
                    WORD.matcher(word).matches(),
                    where + "\"" + Names.printable(word) + "\" is not allowed");
        }
        need(
                keywords.contains(ADDRESSES) || keywords.contains(words.getFirst()),
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
