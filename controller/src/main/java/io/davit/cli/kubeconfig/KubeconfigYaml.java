package io.davit.cli.kubeconfig;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.api.lowlevel.Compose;
import org.snakeyaml.engine.v2.common.ScalarStyle;
import org.snakeyaml.engine.v2.exceptions.MarkedYamlEngineException;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;
import org.snakeyaml.engine.v2.nodes.MappingNode;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.nodes.NodeTuple;
import org.snakeyaml.engine.v2.nodes.ScalarNode;
import org.snakeyaml.engine.v2.nodes.SequenceNode;
import org.snakeyaml.engine.v2.nodes.Tag;

/** Kubeconfigs as YAML: as values, and as the tree of what stands in the file. */
final class KubeconfigYaml {

    private static final int LONGEST = 4 << 20;

    private KubeconfigYaml() {}

    private static LoadSettings settings(boolean comments) {
        return LoadSettings.builder()
                .setParseComments(comments)
                .setUseMarks(true)
                .setAllowDuplicateKeys(false)
                .setCodePointLimit(LONGEST)
                .build();
    }

    /** The values; the root is a mapping and says nothing against being a kubeconfig. */
    static Map<?, ?> data(String text) throws UnreadableKubeconfigException {
        try {
            Object root = new Load(settings(false)).loadFromString(text);
            if (!(root instanceof Map<?, ?> map)) {
                throw new UnreadableKubeconfigException(1, "it is no kubeconfig");
            }
            Object kind = map.get("kind");
            if (kind != null && !kind.equals("Config")) {
                throw new UnreadableKubeconfigException(
                        1, "it is no kubeconfig: its kind is " + kind);
            }
            return map;
        } catch (YamlEngineException e) {
            throw unreadable(e);
        }
    }

    /** The tree. */
    static MappingNode tree(String text, boolean comments) throws UnreadableKubeconfigException {
        try {
            if (new Compose(settings(comments)).composeString(text).orElse(null)
                    instanceof MappingNode root) {
                return root;
            }
            throw new UnreadableKubeconfigException(1, "it is no kubeconfig");
        } catch (YamlEngineException e) {
            throw unreadable(e);
        }
    }

    private static UnreadableKubeconfigException unreadable(YamlEngineException e) {
        if (e instanceof MarkedYamlEngineException marked) {
            int line = marked.getProblemMark().map(mark -> mark.getLine() + 1).orElse(0);
            return new UnreadableKubeconfigException(line, String.valueOf(marked.getProblem()));
        }
        return new UnreadableKubeconfigException(0, String.valueOf(e.getMessage()));
    }

    static Optional<Node> value(MappingNode mapping, String key) {
        return mapping.getValue().stream()
                .filter(tuple ->
                        tuple.getKeyNode() instanceof ScalarNode scalar
                                && scalar.getValue().equals(key))
                .map(NodeTuple::getValueNode)
                .findFirst();
    }

    /** The list of this name; empty where there is none, or it is null. */
    static Optional<SequenceNode> list(MappingNode root, String name)
            throws UnreadableKubeconfigException {
        var found = value(root, name);
        if (found.isEmpty() || found.get().getTag().equals(Tag.NULL)) {
            return Optional.empty();
        }
        if (found.get() instanceof SequenceNode sequence) {
            return Optional.of(sequence);
        }
        throw new UnreadableKubeconfigException(
                found.get().getStartMark().map(mark -> mark.getLine() + 1).orElse(0),
                "\"" + name + "\" is no list");
    }

    static boolean isNamed(Node entry, String name) {
        return entry instanceof MappingNode mapping
                && value(mapping, "name").orElse(null) instanceof ScalarNode scalar
                && scalar.getValue().equals(name);
    }

    static ScalarNode text(String value) {
        return new ScalarNode(Tag.STR, value, ScalarStyle.PLAIN);
    }

    static List<?> items(Map<?, ?> data, String list) {
        return data.get(list) instanceof List<?> items ? items : List.of();
    }

    /** The entry of this name. */
    static Optional<Map<?, ?>> entry(Map<?, ?> data, String list, String name) {
        for (Object item : items(data, list)) {
            if (item instanceof Map<?, ?> map && name.equals(map.get("name"))) {
                return Optional.of(map);
            }
        }
        return Optional.empty();
    }

    static Optional<String> server(Map<?, ?> data, String cluster) {
        var entry = entry(data, "clusters", cluster);
        return entry.isPresent()
                        && entry.get().get("cluster") instanceof Map<?, ?> inner
                        && inner.get("server") instanceof String server
                ? Optional.of(server)
                : Optional.empty();
    }
}
