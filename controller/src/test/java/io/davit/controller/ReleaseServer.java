package io.davit.controller;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** A channel server and a list of releases on loopback, as tests want them. */
public final class ReleaseServer implements AutoCloseable {

    private final HttpServer server;
    private final Map<String, String> bodies = new ConcurrentHashMap<>();
    private final Map<String, String> links = new ConcurrentHashMap<>();
    private final List<String> requests = Collections.synchronizedList(new ArrayList<>());
    private volatile boolean broken;

    public ReleaseServer() throws IOException {
        server = HttpServer.create(new InetSocketAddress("127.0.0.1", 0), 0);
        server.createContext("/", this::answer);
        server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
        server.start();
    }

    private void answer(HttpExchange exchange) throws IOException {
        String path = exchange.getRequestURI().toString().replace("?per_page=100", "");
        requests.add(path);
        try (exchange) {
            String body = bodies.get(path);
            if (broken || body == null) {
                exchange.sendResponseHeaders(broken ? 503 : 404, -1);
                return;
            }
            String link = links.get(path);
            if (link != null) {
                exchange.getResponseHeaders().set("Link", link);
            }
            byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
            exchange.sendResponseHeaders(200, bytes.length);
            exchange.getResponseBody().write(bytes);
        }
    }

    public String base() {
        return "http://127.0.0.1:" + server.getAddress().getPort();
    }

    public String channels() {
        return base() + "/channels";
    }

    public String releases() {
        return base() + "/releases";
    }

    public void body(String path, String body) {
        bodies.put(path, body);
    }

    public void link(String path, String header) {
        links.put(path, header);
    }

    /** The channel server says so from now on: "stable", "v1.34.1+k3s1", … */
    public void channel(String... namesAndVersions) {
        var entries = new ArrayList<String>();
        for (int i = 0; i < namesAndVersions.length; i += 2) {
            entries.add(
                    "{\"id\":\"%1$s\",\"name\":\"%1$s\",\"latest\":\"%2$s\"}"
                            .formatted(namesAndVersions[i], namesAndVersions[i + 1]));
        }
        body("/channels", "{\"type\":\"collection\",\"data\":[" + String.join(",", entries) + "]}");
    }

    /** The list of releases, on one page. */
    public void releases(String... versions) {
        body("/releases", page(versions));
    }

    public static String page(String... versions) {
        return Stream.of(versions)
                .map(v ->
                        "{\"tag_name\":\"%s\",\"draft\":false,\"prerelease\":%s}"
                                .formatted(v, v.contains("-rc")))
                .collect(Collectors.joining(",", "[", "]"));
    }

    /** Every answer is 503 from now on, or no more. */
    public void broken(boolean now) {
        broken = now;
    }

    public List<String> requests() {
        return List.copyOf(requests);
    }

    @Override
    public void close() {
        server.stop(0);
    }
}
