package io.davit.agent.health;

import io.davit.agent.profile.Probe;
import io.davit.agent.system.FileView;
import io.davit.agent.system.KubeApi;
import io.davit.agent.system.KubeNode;
import io.davit.agent.system.Printable;
import io.davit.common.ConfigYaml;
import io.davit.common.Digests;
import io.davit.common.NodeMarks;
import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.stream.Collectors;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** What k3s answers: over TLS without credentials, and to its admin. */
final class K3sProbes {

    private static final JsonMapper JSON = JsonMapper.builder().build();
    private static final int FILE_LIMIT = 256 * 1024;

    /** A node that runs many images has some 20 KiB; an answer may have 8 MiB. */
    private static final int NODES_AT_ONCE = 100;

    private static final int MOST_NODES = 1_000;

    private final FileView files;
    private final KubeApi api;

    K3sProbes(FileView files, KubeApi api) {
        this.files = files;
        this.api = api;
    }

    Map<String, String> tlsGet(Probe.TlsGet probe, Duration deadline)
            throws ProbeFailedException, IOException {
        String ca = new String(files.read(probe.caFile(), FILE_LIMIT), StandardCharsets.UTF_8);
        var answer =
                LocalHttp.get("https://127.0.0.1:" + probe.port() + probe.path(), ca, deadline);
        if (answer.status() != 200 || !answer.body().strip().equals(probe.expected())) {
            throw new ProbeFailedException(
                    "GET %s answered %d".formatted(probe.path(), answer.status()));
        }
        return Map.of();
    }

    /** A failing check is named as the API server names it: "[-]etcd failed: reason withheld". */
    Map<String, String> checks(Probe.ApiChecks probe, Duration deadline)
            throws ProbeFailedException, IOException, InterruptedException {
        var answer = api.send(KubeApi.Request.get(probe.path() + "?verbose"), deadline);
        if (!answer.ok()) {
            String failing =
                    answer.body()
                            .lines()
                            .filter(line -> line.startsWith("[-]"))
                            .map(line -> line.substring(3).replace(": reason withheld", ""))
                            .collect(Collectors.joining(", "));
            throw refused(probe.path(), answer, failing);
        }
        return Map.of();
    }

    Map<String, String> node(Probe.Node probe, String name, Duration deadline)
            throws ProbeFailedException, IOException, InterruptedException {
        String path = "/api/v1/nodes/" + name;
        var answer = api.send(KubeApi.Request.get(path), deadline);
        if (!answer.ok()) {
            throw refused(path, answer, "");
        }
        JsonNode node = json(answer.body());
        var details = new TreeMap<String, String>();
        details.put("uid", node.path("metadata").path("uid").asString(""));
        details.put(
                "kubelet-version",
                node.path("status").path("nodeInfo").path("kubeletVersion").asString(""));
        details.put("ready", "Unknown");
        for (JsonNode condition : node.path("status").path("conditions")) {
            if (condition.path("type").asString("").equals("Ready")) {
                details.put("ready", condition.path("status").asString("Unknown"));
                details.put("reason", condition.path("reason").asString(""));
                details.put("message", condition.path("message").asString(""));
            }
        }
        if (probe.mustBeReady() && !"True".equals(details.get("ready"))) {
            throw new ProbeFailedException(
                    "node %s is not ready: %s"
                            .formatted(
                                    name, details.getOrDefault("message", "it says nothing yet")),
                    details);
        }
        return details;
    }

    Map<String, String> ownNode(String configFile, Duration deadline)
            throws ProbeFailedException, IOException, InterruptedException {
        return node(new Probe.Node("own-node", true), setting(configFile, "node-name"), deadline);
    }

    /** Node name → "Ready", or its condition and what it says. */
    Map<String, String> nodes(Duration deadline)
            throws ProbeFailedException, IOException, InterruptedException {
        return nodes(K3sProbes::standing, deadline);
    }

    private Map<String, String> nodes(Function<JsonNode, String> words, Duration deadline)
            throws ProbeFailedException, IOException, InterruptedException {
        var nodes = new TreeMap<String, String>();
        String next = "";
        do {
            String path = "/api/v1/nodes?limit=" + NODES_AT_ONCE + next;
            var answer = api.send(KubeApi.Request.get(path), deadline);
            if (!answer.ok()) {
                throw refused(path, answer, "");
            }
            JsonNode list = json(answer.body());
            for (JsonNode node : list.path("items")) {
                nodes.put(node.path("metadata").path("name").asString(""), words.apply(node));
            }
            String more = list.path("metadata").path("continue").asString("");
            next =
                    more.isEmpty()
                            ? ""
                            : "&continue=" + URLEncoder.encode(more, StandardCharsets.UTF_8);
        } while (!next.isEmpty() && nodes.size() < MOST_NODES);
        return nodes;
    }

    private static String standing(JsonNode node) {
        for (JsonNode condition : node.path("status").path("conditions")) {
            if (condition.path("type").asString("").equals("Ready")) {
                return condition.path("status").asString("").equals("True")
                        ? "Ready"
                        : "%s %s: %s"
                                .formatted(
                                        condition.path("status").asString("Unknown"),
                                        condition.path("reason").asString(""),
                                        condition.path("message").asString(""));
            }
        }
        return "Unknown: it says nothing yet";
    }

    /** The endpoint by which this host has joined. */
    Map<String, String> ownEndpoint(String configFile, String tokenFile, Duration deadline)
            throws ProbeFailedException, IOException {
        URI server = URI.create(setting(configFile, "server"));
        String host = String.valueOf(server.getHost()).replaceAll("[\\[\\]]", "");
        try {
            return endpoint(tokenFile, host, String.valueOf(server.getPort()), deadline);
        } catch (IOException e) {
            throw new IOException("%s: %s".formatted(server, e.getMessage()), e);
        }
    }

    private String setting(String configFile, String key) throws ProbeFailedException, IOException {
        try {
            String text = new String(files.read(configFile, FILE_LIMIT), StandardCharsets.UTF_8);
            if (ConfigYaml.parse(text).get(key) instanceof String value) {
                return value;
            }
        } catch (IllegalArgumentException e) {
            throw new ProbeFailedException(
                    "cannot read %s: %s".formatted(configFile, e.getMessage()));
        }
        throw new ProbeFailedException("%s has no %s".formatted(configFile, key));
    }

    /**
     * By name "UID true|false CLUSTER MARKS": whether it is cordoned, and the cluster that Davit
     * did it for, empty where it was not Davit; the digest of Davit's labels and taints, or that
     * they are not as Davit left them.
     */
    Map<String, String> marks(Duration deadline)
            throws ProbeFailedException, IOException, InterruptedException {
        return nodes(K3sProbes::mark, deadline);
    }

    private static String mark(JsonNode node) {
        var owned = KubeNode.owned(node);
        return node.path("metadata").path("uid").asString("")
                + " "
                + node.path("spec").path("unschedulable").asBoolean(false)
                + " "
                + KubeNode.cordonedBy(node)
                + " "
                + (KubeNode.keeps(node, owned) ? owned.digest() : NodeMarks.DIFFERENT);
    }

    private static ProbeFailedException refused(
            String path, KubeApi.Answer answer, String failing) {
        String why = failing;
        if (why.isEmpty()) {
            try {
                why = json(answer.body()).path("message").asString("");
            } catch (ProbeFailedException e) {
                why = answer.body().strip();
            }
        }
        return new ProbeFailedException(
                "GET %s answered %d%s"
                        .formatted(
                                path,
                                answer.status(),
                                why.isEmpty() ? "" : ": " + Printable.line(why, 200)));
    }

    private static JsonNode json(String text) throws ProbeFailedException {
        try {
            return JSON.readTree(text);
        } catch (JacksonException e) {
            throw new ProbeFailedException("the API server answered no JSON");
        }
    }

    /**
     * 1. fetch the CA that the endpoint serves; 2. compare its SHA-256 with the hash in the token
     * (a K10 token holds the hash of these very bytes); 3. GET /ping trusting that CA.
     */
    Map<String, String> endpoint(String tokenFile, String address, String port, Duration deadline)
            throws ProbeFailedException, IOException {
        String token = new String(files.read(tokenFile, FILE_LIMIT), StandardCharsets.UTF_8);
        if (!token.matches("K10[0-9a-f]{64}::[\\s\\S]*")) {
            throw new ProbeFailedException(tokenFile + " holds no K10 token");
        }
        String wanted = token.substring(3, 67);
        String host = address.contains(":") ? "[" + address + "]" : address;
        String url = "https://" + host + ":" + port;
        var ca = LocalHttp.getUntrusted(url + "/cacerts", deadline);
        if (ca.status() != 200) {
            throw new ProbeFailedException(
                    "GET %s/cacerts answered %d".formatted(url, ca.status()));
        }
        if (!Digests.sha256Hex(ca.body()).equals(wanted)) {
            throw new ProbeFailedException(url + " serves the CA of another cluster");
        }
        var ping = LocalHttp.get(url + "/ping", ca.body(), deadline);
        if (ping.status() != 200 || !ping.body().strip().equals("pong")) {
            throw new ProbeFailedException("GET %s/ping answered %d".formatted(url, ping.status()));
        }
        return Map.of();
    }
}
