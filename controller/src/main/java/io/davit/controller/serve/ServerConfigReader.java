package io.davit.controller.serve;

import io.davit.common.Names;
import io.davit.controller.pki.ControllerNames;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.api.lowlevel.Compose;
import org.snakeyaml.engine.v2.exceptions.MarkedYamlEngineException;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;
import org.snakeyaml.engine.v2.nodes.MappingNode;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.nodes.NodeTuple;
import org.snakeyaml.engine.v2.nodes.ScalarNode;
import org.snakeyaml.engine.v2.nodes.SequenceNode;

/**
 * Reads the controller's configuration and tells all its problems at once, each with line and
 * column. Unknown keys are problems: a misspelt limit must not silently be none.
 */
public final class ServerConfigReader {

    private static final int LONGEST = 64 << 10;
    private static final Set<String> KEYS =
            Set.of(
                    "names",
                    "listen.agents",
                    "listen.enrolment",
                    "listen.operators",
                    "listen.monitoring",
                    "listen.socket",
                    "state",
                    "key-file",
                    "monitoring-token-file",
                    "artifacts.k3s",
                    "artifacts.etcd",
                    "artifacts.k3s-channels",
                    "artifacts.k3s-releases",
                    "limits.enrolments-per-second",
                    "limits.connections-per-address",
                    "limits.etcd-snapshots");
    private static final Set<String> SECTIONS = Set.of("listen", "artifacts", "limits");

    private final String fileName;
    private final List<String> problems = new ArrayList<>();
    private final Map<String, Node> values = new HashMap<>();

    private ServerConfigReader(String fileName) {
        this.fileName = fileName;
    }

    /** The file is not a configuration; each problem has place, value and remedy. */
    public static final class BadConfigException extends Exception {

        private static final long serialVersionUID = 1L;

        BadConfigException(List<String> problems) {
            super(String.join("\n", problems));
        }
    }

    /**
     * Reads a file.
     *
     * @throws IOException if it cannot be read
     * @throws BadConfigException if it is not a configuration
     */
    public static ServerConfig read(Path file) throws IOException, BadConfigException {
        if (Files.size(file) > LONGEST) {
            throw new BadConfigException(
                    List.of(file + ": it is longer than " + LONGEST + " bytes"));
        }
        return parse(file.toString(), Files.readString(file));
    }

    static ServerConfig parse(String fileName, String text) throws BadConfigException {
        var reader = new ServerConfigReader(fileName);
        ServerConfig config = reader.config(text);
        if (!reader.problems.isEmpty()) {
            throw new BadConfigException(reader.problems);
        }
        return config;
    }

    private ServerConfig config(String text) throws BadConfigException {
        collect(root(text));
        return new ServerConfig(
                names(),
                address("listen.agents", ServerConfig.AGENTS),
                address("listen.enrolment", ServerConfig.ENROLMENT),
                address("listen.operators", ServerConfig.OPERATORS),
                address("listen.monitoring", "127.0.0.1:" + ServerConfig.MONITORING),
                path("listen.socket", ServerConfig.DEFAULT_SOCKET),
                path("state", ServerConfig.DEFAULT_STATE),
                path("key-file", ServerConfig.DEFAULT_KEY_FILE),
                path("monitoring-token-file", ServerConfig.DEFAULT_MONITORING_TOKEN),
                source("artifacts.k3s", ServerConfig.DEFAULT_K3S),
                source("artifacts.etcd", ServerConfig.DEFAULT_ETCD),
                teller("artifacts.k3s-channels", ServerConfig.DEFAULT_CHANNELS),
                teller("artifacts.k3s-releases", ServerConfig.DEFAULT_RELEASES),
                number(
                        "limits.enrolments-per-second",
                        ServerConfig.DEFAULT_ENROLMENTS_PER_SECOND,
                        1000),
                number(
                        "limits.connections-per-address",
                        ServerConfig.DEFAULT_CONNECTIONS_PER_ADDRESS,
                        100_000),
                number("limits.etcd-snapshots", ServerConfig.DEFAULT_ETCD_SNAPSHOTS, 10_000));
    }

    private Optional<Node> root(String text) throws BadConfigException {
        var settings =
                LoadSettings.builder()
                        .setLabel(fileName)
                        .setCodePointLimit(LONGEST)
                        .setMaxAliasesForCollections(0)
                        .setAllowDuplicateKeys(false)
                        .setAllowRecursiveKeys(false)
                        .build();
        try {
            return new Compose(settings).composeString(text);
        } catch (MarkedYamlEngineException e) {
            String place =
                    e.getProblemMark()
                            .map(mark -> ":" + (mark.getLine() + 1) + ":" + (mark.getColumn() + 1))
                            .orElse("");
            throw new BadConfigException(List.of(fileName + place + "  " + e.getProblem()));
        } catch (YamlEngineException e) {
            throw new BadConfigException(List.of(fileName + "  " + e.getMessage()));
        }
    }

    private void collect(Optional<Node> root) {
        if (root.isEmpty()) {
            return;
        }
        if (!(root.get() instanceof MappingNode top)) {
            problem(root.get(), "", "want keys and values");
            return;
        }
        section("", top);
    }

    private void section(String prefix, MappingNode mapping) {
        var here = new HashSet<String>();
        for (NodeTuple entry : mapping.getValue()) {
            String key =
                    entry.getKeyNode() instanceof ScalarNode scalar
                            ? prefix + scalar.getValue()
                            : prefix + "?";
            if (!here.add(key)) {
                problem(entry.getKeyNode(), key, "it is there twice");
            } else if (SECTIONS.contains(key)) {
                if (entry.getValueNode() instanceof MappingNode inner) {
                    section(key + ".", inner);
                } else {
                    problem(entry.getValueNode(), key, "want keys and values below it");
                }
            } else if (KEYS.contains(key)) {
                values.put(key, entry.getValueNode());
            } else {
                problem(
                        entry.getKeyNode(),
                        Names.printable(key),
                        "unknown key; known are " + new TreeSet<>(KEYS));
            }
        }
    }

    private ControllerNames names() {
        Node node = values.get("names");
        var found = new ArrayList<String>();
        if (node instanceof SequenceNode list) {
            for (Node item : list.getValue()) {
                scalar("names", item).ifPresent(found::add);
            }
        }
        try {
            return new ControllerNames(found);
        } catch (IllegalArgumentException e) {
            problem(node, "names", e.getMessage() + "; want a list of DNS names or IP addresses");
            return new ControllerNames(List.of("localhost"));
        }
    }

    private InetSocketAddress address(String key, int defaultPort) {
        return address(key, "0.0.0.0:" + defaultPort);
    }

    private InetSocketAddress address(String key, String otherwise) {
        String text = text(key).orElse(otherwise);
        int colon = text.lastIndexOf(':');
        if (colon > 0) {
            String host = text.substring(0, colon).replaceAll("^\\[|\\]$", "");
            String port = text.substring(colon + 1);
            if (ControllerNames.isAddress(host)
                    && port.matches("\\d{1,5}")
                    && Integer.parseInt(port) <= 65535) {
                return new InetSocketAddress(host, Integer.parseInt(port));
            }
        }
        problem(
                values.get(key),
                key,
                "\""
                        + Names.printable(text)
                        + "\" is no address and port; want such as "
                        + otherwise);
        return new InetSocketAddress(0);
    }

    private Path path(String key, Path otherwise) {
        String text = text(key).orElse(otherwise.toString());
        if (!text.startsWith("/")) {
            problem(values.get(key), key, "\"" + Names.printable(text) + "\" is no absolute path");
            return otherwise;
        }
        return Path.of(text);
    }

    private String source(String key, String otherwise) {
        String text = text(key).orElse(otherwise);
        if (!text.startsWith("https://") && !text.startsWith("http://") && !text.startsWith("/")) {
            problem(
                    values.get(key),
                    key,
                    "\""
                            + Names.printable(text)
                            + "\" is neither an https:// or http:// URL nor an absolute directory");
        }
        return text.endsWith("/") ? text.substring(0, text.length() - 1) : text;
    }

    /**
     * Who tells which versions there are. Where K3s comes from a place of the site's own, nobody
     * outside is asked unless the configuration says so.
     */
    private Optional<String> teller(String key, String upstream) {
        Optional<String> text = text(key);
        if (text.isEmpty()) {
            return values.containsKey("artifacts.k3s") ? Optional.empty() : Optional.of(upstream);
        }
        if (!isUrl(text.get())) {
            problem(
                    values.get(key),
                    key,
                    "\"" + Names.printable(text.get()) + "\" is no https:// or http:// URL");
            return Optional.empty();
        }
        return text;
    }

    private static boolean isUrl(String text) {
        try {
            var url = new URI(text);
            return Set.of("https", "http").contains(url.getScheme() + "")
                    && url.getRawAuthority() != null;
        } catch (URISyntaxException e) {
            return false;
        }
    }

    private int number(String key, int otherwise, int most) {
        Optional<String> text = text(key);
        if (text.isEmpty()) {
            return otherwise;
        }
        if (text.get().matches("[1-9]\\d{0,5}") && Integer.parseInt(text.get()) <= most) {
            return Integer.parseInt(text.get());
        }
        problem(
                values.get(key),
                key,
                "\"" + Names.printable(text.get()) + "\" is no number from 1 to " + most);
        return otherwise;
    }

    private Optional<String> text(String key) {
        Node node = values.get(key);
        return node == null ? Optional.empty() : scalar(key, node);
    }

    private Optional<String> scalar(String key, Node node) {
        if (node instanceof ScalarNode scalar) {
            return Optional.of(scalar.getValue());
        }
        problem(node, key, "want one value");
        return Optional.empty();
    }

    private void problem(@Nullable Node node, String key, String what) {
        String place =
                Optional.ofNullable(node)
                        .flatMap(Node::getStartMark)
                        .map(mark -> ":" + (mark.getLine() + 1) + ":" + (mark.getColumn() + 1))
                        .orElse("");
        problems.add(fileName + place + "  " + key + ": " + what);
    }
}
