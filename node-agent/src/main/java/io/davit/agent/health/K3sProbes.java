package io.davit.agent.health;

import io.davit.agent.profile.Probe;
import io.davit.agent.system.Command;
import io.davit.agent.system.FileView;
import io.davit.agent.system.Finished;
import io.davit.agent.system.Processes;
import io.davit.common.Digests;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** What k3s answers: over TLS without credentials, and to its own kubectl as admin. */
final class K3sProbes {

    private static final JsonMapper JSON = JsonMapper.builder().build();
    private static final int FILE_LIMIT = 256 * 1024;

    private final FileView files;
    private final Processes processes;

    K3sProbes(FileView files, Processes processes) {
        this.files = files;
        this.processes = processes;
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

    Map<String, String> raw(Probe.KubectlRaw probe, Duration deadline)
            throws ProbeFailedException, IOException, InterruptedException {
        kubectl(deadline, "get", "--raw", probe.path());
        return Map.of();
    }

    Map<String, String> node(Probe.Node probe, String name, Duration deadline)
            throws ProbeFailedException, IOException, InterruptedException {
        JsonNode node;
        try {
            node = JSON.readTree(kubectl(deadline, "get", "node", name, "--output=json"));
        } catch (JacksonException e) {
            throw new ProbeFailedException("kubectl answered no JSON");
        }
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

    private String kubectl(Duration deadline, String... arguments)
            throws ProbeFailedException, IOException, InterruptedException {
        var argv = new ArrayList<String>();
        argv.addAll(
                List.of(
                        "/usr/local/bin/k3s",
                        "kubectl",
                        "--kubeconfig=/etc/rancher/k3s/k3s.yaml",
                        "--request-timeout=" + Math.max(1, deadline.toSeconds()) + "s"));
        argv.addAll(List.of(arguments));
        Finished finished = processes.run(Command.of(deadline, argv));
        if (!finished.ok()) {
            throw new ProbeFailedException(finished.cause());
        }
        return finished.stdout();
    }

    /**
     * 1. fetch the CA that the endpoint serves; 2. compare its SHA-256 with the hash in the token
     * (a K10 token holds the hash of these very bytes); 3. GET /ping trusting that CA.
     */
    Map<String, String> endpoint(
            Probe.K3sEndpoint probe, String address, String port, Duration deadline)
            throws ProbeFailedException, IOException {
        String token =
                new String(files.read(probe.tokenFile(), FILE_LIMIT), StandardCharsets.UTF_8);
        if (!token.matches("K10[0-9a-f]{64}::[\\s\\S]*")) {
            throw new ProbeFailedException(probe.tokenFile() + " holds no K10 token");
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
