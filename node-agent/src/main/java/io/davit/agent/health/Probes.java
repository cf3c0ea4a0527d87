package io.davit.agent.health;

import io.davit.agent.profile.Action;
import io.davit.agent.profile.Catalogue;
import io.davit.agent.profile.Probe;
import io.davit.agent.system.HostSystem;
import io.davit.agent.system.LocalSocket;
import io.davit.agent.system.Printable;
import io.davit.common.Names;
import io.davit.proto.agent.v1.ProbeCall;
import io.davit.proto.agent.v1.ProbeReading;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Pattern;

/** Reads the probes of all profiles. */
public final class Probes {

    private static final Duration LONGEST = Duration.ofSeconds(30);
    private static final int LOG_LINES = 8;
    private static final Duration REACH = Duration.ofSeconds(3);

    private final Catalogue catalogue;
    private final HostSystem system;
    private final Etcd etcd;
    private final K3sProbes k3s;

    public Probes(Catalogue catalogue, HostSystem system) {
        this.catalogue = catalogue;
        this.system = system;
        this.etcd = new Etcd(system.files(), system.processes());
        this.k3s = new K3sProbes(system.files(), system.kubeApi());
    }

    /** One reading. Unknown names and bad arguments are readings too: not ok, with the reason. */
    public ProbeReading read(String role, ProbeCall call, Duration deadline)
            throws InterruptedException {
        var reading = ProbeReading.newBuilder().setRole(role).setProbe(call.getProbe());
        try {
            var probe =
                    catalogue
                            .profile(role)
                            .flatMap(profile -> profile.probe(call.getProbe()))
                            .orElseThrow(() ->
                                    new ProbeFailedException(
                                            "role %s has no probe \"%s\""
                                                    .formatted(
                                                            Names.printable(role),
                                                            Names.printable(call.getProbe()))));
            check(probe.arguments(), call.getArgsMap());
            reading.putAllDetails(shown(ask(probe, call.getArgsMap(), bounded(deadline))));
            return reading.setOk(true).build();
        } catch (ProbeFailedException e) {
            return reading.putAllDetails(shown(e.details())).setError(oneLine(e)).build();
        } catch (IOException e) {
            return reading.setError(oneLine(e)).build();
        }
    }

    private static Duration bounded(Duration deadline) {
        if (deadline.isZero() || deadline.isNegative()) {
            return Duration.ofSeconds(5);
        }
        return deadline.compareTo(LONGEST) > 0 ? LONGEST : deadline;
    }

    private static void check(Map<String, Pattern> grammars, Map<String, String> arguments)
            throws ProbeFailedException {
        if (!grammars.keySet().equals(arguments.keySet())) {
            throw new ProbeFailedException(
                    "arguments %s are needed".formatted(new TreeMap<>(grammars).keySet()));
        }
        for (var argument : arguments.entrySet()) {
            Pattern grammar = grammars.get(argument.getKey());
            if (grammar == null || !grammar.matcher(argument.getValue()).matches()) {
                throw new ProbeFailedException(
                        "argument %s is \"%s\""
                                .formatted(
                                        argument.getKey(), Names.printable(argument.getValue())));
            }
        }
    }

    private Map<String, String> ask(Probe probe, Map<String, String> arguments, Duration deadline)
            throws ProbeFailedException, IOException, InterruptedException {
        String address = arguments.getOrDefault("address", "");
        String port = arguments.getOrDefault("port", "");
        return switch (probe) {
            case Probe.Reaches _ -> {
                if (Integer.parseInt(port) > 65535) {
                    throw new ProbeFailedException("there is no port " + port);
                }
                system.network().reach(address, Integer.parseInt(port), shorter(REACH, deadline));
                yield Map.of();
            }
            case Probe.LoopbackGet get -> loopback(get, deadline);
            case Probe.EtcdMember _ -> member(deadline);
            case Probe.EtcdKey key -> {
                if (!etcd.hasKey(etcd.ownEndpoint(), key.prefix(), deadline)) {
                    throw new ProbeFailedException("no key " + key.prefix() + "… stands in etcd");
                }
                yield Map.of();
            }
            case Probe.UnitActive active -> active(active.unit());
            case Probe.HaproxyServing serving -> {
                active(serving.unit());
                ask(serving.socket(), Haproxy.INFO, deadline);
                yield Map.of();
            }
            case Probe.HaproxyServer server ->
                    server(server, arguments.getOrDefault("server", ""), deadline);
            case Probe.TlsGet get -> k3s.tlsGet(get, deadline);
            case Probe.ApiChecks checks -> k3s.checks(checks, deadline);
            case Probe.Node node -> k3s.node(node, arguments.getOrDefault("name", ""), deadline);
            case Probe.K3sEndpoint endpoint ->
                    k3s.endpoint(endpoint.tokenFile(), address, port, deadline);
            case Probe.EtcdNumbers _ -> EtcdNumbers.read(deadline);
            case Probe.HaproxyBackends backends -> backends(backends, deadline);
            case Probe.UnitLog log -> log(log.unit());
            case Probe.VirtualIp virtual -> VirtualIp.read(virtual, system);
            case Probe.OwnNode own -> k3s.ownNode(own.configFile(), deadline);
            case Probe.Nodes _ -> k3s.nodes(deadline);
            case Probe.NodeMarks _ -> k3s.marks(deadline);
            case Probe.OwnEndpoint own ->
                    k3s.ownEndpoint(own.configFile(), own.tokenFile(), deadline);
        };
    }

    private Map<String, String> active(String unit)
            throws ProbeFailedException, IOException, InterruptedException {
        String state = system.systemd().unit(unit).activeState();
        if (!state.equals("active")) {
            throw new ProbeFailedException("unit %s is %s".formatted(unit, state));
        }
        return Map.of();
    }

    private String ask(String socket, Action.Question question, Duration deadline)
            throws ProbeFailedException, IOException, InterruptedException {
        String answer = LocalSocket.ask(system.files().resolve(socket), question.line(), deadline);
        if (answer.isBlank()) {
            throw new ProbeFailedException(socket + " gave an empty answer");
        }
        return answer;
    }

    private Map<String, String> server(Probe.HaproxyServer probe, String name, Duration deadline)
            throws ProbeFailedException, IOException, InterruptedException {
        var server =
                Haproxy.servers(ask(probe.socket(), Haproxy.STAT, deadline), probe.backend())
                        .stream()
                        .filter(it -> it.name().equals(name))
                        .findFirst()
                        .orElseThrow(() ->
                                new ProbeFailedException(
                                        "backend %s has no server %s"
                                                .formatted(probe.backend(), name)));
        if (probe.idle() ? server.sessions() > 0 : !server.up()) {
            throw new ProbeFailedException(
                    "%s/%s is %s (%s), %d sessions"
                            .formatted(
                                    probe.backend(),
                                    name,
                                    server.status(),
                                    server.check(),
                                    server.sessions()));
        }
        return Map.of(
                "status",
                server.status(),
                "check",
                server.check(),
                "sessions",
                String.valueOf(server.sessions()));
    }

    private Map<String, String> backends(Probe.HaproxyBackends probe, Duration deadline)
            throws ProbeFailedException, IOException, InterruptedException {
        var servers = Haproxy.servers(ask(probe.socket(), Haproxy.STAT, deadline), probe.backend());
        var details = new TreeMap<String, String>();
        servers.forEach(server ->
                details.put(server.name(), (server.status() + " " + server.check()).strip()));
        if (servers.stream().noneMatch(Haproxy.Server::up)) {
            throw new ProbeFailedException(
                    "no server of backend %s is up: %s".formatted(probe.backend(), details),
                    details);
        }
        return details;
    }

    private Map<String, String> log(String unit) throws InterruptedException {
        var lines = new TreeMap<String, String>();
        for (String line : system.systemd().log(unit, LOG_LINES)) {
            lines.put("%02d".formatted(lines.size()), line);
        }
        return lines;
    }

    private static Duration shorter(Duration one, Duration other) {
        return one.compareTo(other) < 0 ? one : other;
    }

    private static Map<String, String> loopback(Probe.LoopbackGet get, Duration deadline)
            throws ProbeFailedException, IOException {
        var answer = LocalHttp.get("http://127.0.0.1:" + get.port() + get.path(), deadline);
        if (answer.status() != 200 || !answer.body().contains(get.expected())) {
            throw new ProbeFailedException(
                    "GET %s answered %d: %s"
                            .formatted(
                                    get.path(),
                                    answer.status(),
                                    Printable.line(answer.body().strip(), 200)));
        }
        return Map.of();
    }

    private Map<String, String> member(Duration deadline) throws IOException, InterruptedException {
        String own = etcd.ownEndpoint();
        var status = etcd.status(own, deadline);
        var details = new TreeMap<String, String>();
        details.put("member-id", status.memberId());
        details.put("leader-id", status.leaderId());
        details.put("learner", String.valueOf(status.learner()));
        details.put("raft-index", status.raftIndex());
        details.put("raft-term", status.raftTerm());
        details.put("version", status.version());
        details.put("db-size", status.databaseBytes());
        details.put("served-read", String.valueOf(servesRead(own, deadline)));
        var members = new ArrayList<String>();
        for (Etcd.Member member : etcd.members(own, deadline)) {
            members.add(
                    "%s=%s=%s=%s"
                            .formatted(
                                    member.id(),
                                    member.name(),
                                    member.peerUrl(),
                                    member.learner()));
        }
        details.put("members", String.join(";", members));
        return details;
    }

    private boolean servesRead(String endpoint, Duration deadline) throws InterruptedException {
        try {
            etcd.read(endpoint, deadline);
            return true;
        } catch (IOException e) {
            return false;
        }
    }

    /** What peers say is shown; nothing of it is a terminal escape, nothing is endless. */
    private static Map<String, String> shown(Map<String, String> details) {
        var shown = new TreeMap<String, String>();
        details.forEach((name, value) -> shown.put(name, Printable.line(value, 4096)));
        return shown;
    }

    private static String oneLine(Exception e) {
        String message = e.getMessage();
        return Printable.line(
                message == null ? e.getClass().getSimpleName() : message.replace('\n', ' '), 300);
    }
}
