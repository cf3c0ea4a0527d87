package io.davit.common;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Pattern;

/**
 * The labels and taints of a node that Davit keeps there; whatever else the node has is somebody
 * else's.
 *
 * @param labels by key
 * @param taints "KEY=VALUE:EFFECT" or "KEY:EFFECT", sorted
 */
public record NodeMarks(SortedMap<String, String> labels, List<String> taints) {

    /** No labels, no taints. */
    public static final NodeMarks NONE = new NodeMarks(new TreeMap<>(), List.of());

    /** Where the node itself keeps which marks are Davit's, as {@link #text}. */
    public static final String ANNOTATION = "davit.io/marks";

    /** What a node is said to have whose marks are not as Davit left them. */
    public static final String DIFFERENT = "different";

    private static final Pattern LABEL =
            Pattern.compile("([A-Za-z0-9._/-]{1,317})=([A-Za-z0-9._-]{0,63})");
    private static final Pattern TAINT =
            Pattern.compile(
                    "([A-Za-z0-9._/-]{1,317})(?:=([A-Za-z0-9._-]{0,63}))?"
                            + ":(NoSchedule|PreferNoSchedule|NoExecute)");

    /** Copies and sorts. */
    public NodeMarks {
        labels = Collections.unmodifiableSortedMap(new TreeMap<>(labels));
        taints = List.copyOf(new TreeSet<>(taints));
    }

    public static NodeMarks of(Map<String, String> labels, Collection<String> taints) {
        return new NodeMarks(new TreeMap<>(labels), List.copyOf(taints));
    }

    /** One taint in its parts; the value is empty where there is none. */
    public record Taint(String key, String value, String effect) {}

    /** The taints in their parts. */
    public List<Taint> parts() {
        var parts = new ArrayList<Taint>();
        for (String taint : taints) {
            var match = TAINT.matcher(taint);
            if (!match.matches()) {
                throw new IllegalArgumentException(
                        "\"" + Names.printable(taint) + "\" is no taint");
            }
            String value = match.group(2) == null ? "" : match.group(2);
            parts.add(new Taint(match.group(1), value, match.group(3)));
        }
        return parts;
    }

    /** In one line, the same for the same marks: "a=b,c=d;key=value:NoSchedule". */
    public String text() {
        var pairs = labels.entrySet().stream().map(l -> l.getKey() + "=" + l.getValue()).toList();
        return String.join(",", pairs) + ";" + String.join(",", taints);
    }

    /**
     * Reads {@link #text}.
     *
     * @throws IllegalArgumentException if it is not such a text, or names what Kubernetes itself
     *     keeps (keys of node.kubernetes.io, labels of kubernetes.io)
     */
    public static NodeMarks parse(String text) {
        String[] halves = text.split(";", -1);
        if (halves.length != 2) {
            throw new IllegalArgumentException("marks are LABELS;TAINTS");
        }
        var labels = new TreeMap<String, String>();
        for (String pair : words(halves[0])) {
            var match = LABEL.matcher(pair);
            if (!match.matches() || reserved(match.group(1))) {
                throw new IllegalArgumentException("\"" + Names.printable(pair) + "\" is no label");
            }
            labels.put(match.group(1), match.group(2));
        }
        var marks = new NodeMarks(labels, words(halves[1]));
        for (Taint taint : marks.parts()) {
            if (taint.key().startsWith("node.kubernetes.io/")) {
                throw new IllegalArgumentException("taint " + taint.key() + " is Kubernetes' own");
            }
        }
        return marks;
    }

    private static List<String> words(String half) {
        return half.isEmpty() ? List.of() : Arrays.asList(half.split(",", -1));
    }

    private static boolean reserved(String key) {
        String domain = key.substring(0, Math.max(0, key.indexOf('/')));
        return ("." + domain).endsWith(".kubernetes.io") || ("." + domain).endsWith(".k8s.io");
    }

    /** Stands for the marks where their text would be long; empty for none. */
    public String digest() {
        return equals(NONE) ? "" : Digests.sha256Hex(text()).substring(0, 16);
    }
}
