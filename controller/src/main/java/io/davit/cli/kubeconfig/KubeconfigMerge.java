package io.davit.cli.kubeconfig;

import java.io.StringWriter;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.snakeyaml.engine.v2.api.Dump;
import org.snakeyaml.engine.v2.api.DumpSettings;
import org.snakeyaml.engine.v2.api.StreamDataWriter;
import org.snakeyaml.engine.v2.common.FlowStyle;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;
import org.snakeyaml.engine.v2.nodes.MappingNode;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.nodes.NodeTuple;
import org.snakeyaml.engine.v2.nodes.ScalarNode;
import org.snakeyaml.engine.v2.nodes.SequenceNode;
import org.snakeyaml.engine.v2.nodes.Tag;

/**
 * Puts one cluster's access into a kubeconfig that has others. Pure: text in, text out.
 *
 * <ol>
 *   <li>The file is read as a tree that remembers how each value was written, so that {@code "yes"}
 *       stays a text for kubectl, whose YAML is an older one.
 *   <li>Cluster and user of the name are replaced where they stand, or added at the end. A context
 *       of the name keeps what a person put into it (a namespace), and leads to both.
 *   <li>The current context stays, unless there is none or the new one is asked for.
 *   <li>The outcome is read back: everything else must be equal to what was there, and the new
 *       access must be in it. Comments are kept where that works out, else dropped.
 * </ol>
 */
public final class KubeconfigMerge {

    private static final List<String> LISTS = List.of("clusters", "users", "contexts");
    private static final String CURRENT = "current-context";

    private KubeconfigMerge() {}

    /**
     * How it came out.
     *
     * @param currentContext the one that kubectl uses now
     * @param replacedServer where a cluster of this name led before, if that was elsewhere
     */
    public record Merged(String text, String currentContext, Optional<String> replacedServer) {}

    /**
     * Merges.
     *
     * @param existing the file's text; blank: there is none
     * @param added a kubeconfig whose cluster, user and context have this name
     * @param use makes it the current context
     */
    public static Merged merge(String existing, String added, String name, boolean use)
            throws UnreadableKubeconfigException {
        if (existing.isBlank()) {
            return new Merged(added, name, Optional.empty());
        }
        Map<?, ?> before = KubeconfigYaml.data(existing);
        Map<?, ?> addition = KubeconfigYaml.data(added);
        for (boolean comments : new boolean[] {true, false}) {
            String text = merged(existing, added, name, use, comments);
            if (isAsMeant(text, before, addition, name)) {
                return new Merged(text, current(text), replacedServer(before, addition, name));
            }
        }
        throw new UnreadableKubeconfigException(
                0, "it holds something that cannot be written back as it was");
    }

    /** Refuses what no kubeconfig can be put into. */
    public static void requireReadable(String existing) throws UnreadableKubeconfigException {
        if (existing.isBlank()) {
            return;
        }
        KubeconfigYaml.data(existing);
        MappingNode root = KubeconfigYaml.tree(existing, false);
        for (String list : LISTS) {
            KubeconfigYaml.list(root, list);
        }
    }

    private static String merged(
            String existing, String added, String name, boolean use, boolean comments)
            throws UnreadableKubeconfigException {
        MappingNode root = KubeconfigYaml.tree(existing, comments);
        MappingNode addition = KubeconfigYaml.tree(added, false);
        for (String list : LISTS) {
            Node entry =
                    named(KubeconfigYaml.list(addition, list).orElseThrow().getValue(), name)
                            .orElseThrow();
            put(root, list, name, entry);
        }
        var current = KubeconfigYaml.value(root, CURRENT);
        boolean none =
                current.isEmpty()
                        || current.get() instanceof ScalarNode scalar
                                && (scalar.getValue().isEmpty() || scalar.getTag() == Tag.NULL);
        if (use || none) {
            set(root, CURRENT, KubeconfigYaml.value(addition, CURRENT).orElseThrow());
        }
        var settings =
                DumpSettings.builder()
                        .setDefaultFlowStyle(FlowStyle.BLOCK)
                        .setDumpComments(comments)
                        .setSplitLines(false)
                        .build();
        var text = new Text();
        new Dump(settings).dumpNode(root, text);
        return text.toString();
    }

    private static void put(MappingNode root, String list, String name, Node entry)
            throws UnreadableKubeconfigException {
        var present = KubeconfigYaml.list(root, list);
        if (present.isEmpty()) {
            set(root, list, new SequenceNode(Tag.SEQ, List.of(entry), FlowStyle.BLOCK));
            return;
        }
        var entries = new ArrayList<Node>();
        boolean placed = false;
        for (Node old : present.get().getValue()) {
            if (!KubeconfigYaml.isNamed(old, name)) {
                entries.add(old);
            } else if (!placed) {
                entries.add(list.equals("contexts") ? redirected(old, entry) : entry);
                placed = true;
            }
        }
        if (!placed) {
            entries.add(entry);
        }
        // an empty list is written as [], and what is put into it is easier to read below it
        var style =
                present.get().getValue().isEmpty() ? FlowStyle.BLOCK : present.get().getFlowStyle();
        var sequence = new SequenceNode(present.get().getTag(), entries, style);
        sequence.setBlockComments(present.get().getBlockComments());
        set(root, list, sequence);
    }

    /** The old context with its cluster and user changed. */
    private static Node redirected(Node old, Node wanted) {
        if (old instanceof MappingNode mapping
                && wanted instanceof MappingNode target
                && KubeconfigYaml.value(mapping, "context").orElse(null)
                        instanceof MappingNode inner
                && KubeconfigYaml.value(target, "context").orElse(null)
                        instanceof MappingNode innerTarget) {
            for (String key : List.of("cluster", "user")) {
                set(inner, key, KubeconfigYaml.value(innerTarget, key).orElseThrow());
            }
            return old;
        }
        return wanted;
    }

    private static void set(MappingNode mapping, String key, Node value) {
        var tuples = new ArrayList<NodeTuple>();
        boolean placed = false;
        for (NodeTuple tuple : mapping.getValue()) {
            boolean same =
                    tuple.getKeyNode() instanceof ScalarNode scalar
                            && scalar.getValue().equals(key);
            tuples.add(same ? new NodeTuple(tuple.getKeyNode(), value) : tuple);
            placed |= same;
        }
        if (!placed) {
            tuples.add(new NodeTuple(KubeconfigYaml.text(key), value));
        }
        mapping.setValue(tuples);
    }

    private static Optional<Node> named(List<Node> entries, String name) {
        return entries.stream().filter(entry -> KubeconfigYaml.isNamed(entry, name)).findFirst();
    }

    private static boolean isAsMeant(
            String text, Map<?, ?> before, Map<?, ?> addition, String name) {
        Map<?, ?> after;
        try {
            after = KubeconfigYaml.data(text);
        } catch (UnreadableKubeconfigException | YamlEngineException e) {
            return false;
        }
        return others(after, name).equals(others(before, name))
                && KubeconfigYaml.entry(after, "clusters", name)
                        .equals(KubeconfigYaml.entry(addition, "clusters", name))
                && KubeconfigYaml.entry(after, "users", name)
                        .equals(KubeconfigYaml.entry(addition, "users", name))
                && KubeconfigYaml.entry(after, "contexts", name).isPresent();
    }

    /** Everything but what belongs to the name; lists that hold nothing else count as absent. */
    private static Map<Object, Object> others(Map<?, ?> data, String name) {
        var others = new LinkedHashMap<Object, Object>(data);
        others.remove(CURRENT);
        for (String list : LISTS) {
            var rest =
                    KubeconfigYaml.items(data, list).stream()
                            .filter(item ->
                                    !(item instanceof Map<?, ?> map
                                            && name.equals(map.get("name"))))
                            .toList();
            if (rest.isEmpty()) {
                others.remove(list);
            } else {
                others.put(list, rest);
            }
        }
        return others;
    }

    private static String current(String text) throws UnreadableKubeconfigException {
        return String.valueOf(KubeconfigYaml.data(text).get(CURRENT));
    }

    private static Optional<String> replacedServer(
            Map<?, ?> before, Map<?, ?> addition, String name) {
        return KubeconfigYaml.server(before, name)
                .filter(old -> !KubeconfigYaml.server(addition, name).equals(Optional.of(old)));
    }

    private static final class Text extends StringWriter implements StreamDataWriter {}
}
