package io.davit.agent.health;

import io.davit.agent.system.Command;
import io.davit.agent.system.FileView;
import io.davit.agent.system.Processes;
import io.davit.common.ConfigYaml;
import io.davit.common.QuorumGuard;
import java.io.IOException;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * etcd as seen from a member's host: by etcdctl with that member's server certificate (its CA
 * serves and authenticates clients alike). Ids are hex as etcdctl's tables print them; in its JSON
 * they are unsigned 64-bit numbers (etcdctl 3.4 to 3.6).
 */
public final class Etcd {

    private static final JsonMapper JSON = JsonMapper.builder().build();
    private static final String ETCDCTL = "/usr/local/bin/etcdctl";
    private static final String ETCDUTL = "/usr/local/bin/etcdutl";
    private static final String PKI = "/etc/etcd/pki/";

    /**
     * A member as the member list has it.
     *
     * @param clientUrl empty while it never started
     */
    public record Member(
            String id, String name, String peerUrl, String clientUrl, boolean learner) {}

    /** What a member says of itself. */
    public record Status(
            String memberId,
            String leaderId,
            boolean learner,
            String raftIndex,
            String raftTerm,
            String version,
            String databaseBytes,
            String revision) {}

    /** A snapshot's file, as etcd's own program reads it. */
    public record Snapshot(int hash, long revision, long totalKeys, long totalBytes) {}

    /** All members, with what each answered on its own endpoint. */
    public record Reading(String ownId, List<QuorumGuard.Member> members) {
        public Reading {
            members = List.copyOf(members);
        }
    }

    private final FileView files;
    private final Processes processes;

    public Etcd(FileView files, Processes processes) {
        this.files = files;
        this.processes = processes;
    }

    /** The client URL of the member on this host, from its configuration. */
    public String ownEndpoint() throws IOException {
        try {
            var config =
                    ConfigYaml.parse(
                            new String(
                                    files.read("/etc/etcd/etcd.yaml", 256 * 1024),
                                    StandardCharsets.UTF_8));
            if (config.get("advertise-client-urls") instanceof String urls) {
                return urls.split(",", -1)[0];
            }
        } catch (IllegalArgumentException e) {
            throw new IOException("cannot read /etc/etcd/etcd.yaml: " + e.getMessage(), e);
        }
        throw new IOException("cannot read /etc/etcd/etcd.yaml: no advertise-client-urls");
    }

    /** The member list. */
    List<Member> members(String endpoint, Duration deadline)
            throws IOException, InterruptedException {
        var members = new ArrayList<Member>();
        for (JsonNode member : json(endpoint, deadline, "member", "list").path("members")) {
            members.add(
                    new Member(
                            hex(member.path("ID")),
                            member.path("name").asString(""),
                            member.path("peerURLs").path(0).asString(""),
                            member.path("clientURLs").path(0).asString(""),
                            member.path("isLearner").asBoolean(false)));
        }
        return members;
    }

    /** One member's own status. */
    public Status status(String endpoint, Duration deadline)
            throws IOException, InterruptedException {
        JsonNode status = json(endpoint, deadline, "endpoint", "status").path(0).path("Status");
        JsonNode header = status.path("header");
        return new Status(
                hex(header.path("member_id")),
                hex(status.path("leader")),
                status.path("isLearner").asBoolean(false),
                status.path("raftIndex").asString("0"),
                status.path("raftTerm").asString("0"),
                status.path("version").asString(""),
                status.path("dbSize").asString("0"),
                header.path("revision").asString("0"));
    }

    /** Whether this member answers a linearizable read; the reason if not. */
    void read(String endpoint, Duration deadline) throws IOException, InterruptedException {
        json(endpoint, deadline, "get", "davit-serves", "--consistency=l", "--limit=1");
    }

    /** Whether a key with this prefix is there. */
    boolean hasKey(String endpoint, String prefix, Duration deadline)
            throws IOException, InterruptedException {
        JsonNode answer =
                json(endpoint, deadline, "get", prefix, "--prefix", "--keys-only", "--limit=1");
        return !answer.path("kvs").isEmpty();
    }

    /**
     * Asks every member on its own endpoint, all at once.
     *
     * @throws IOException if not even the member list can be had: nothing is known then
     */
    public Reading reading(Duration deadline) throws IOException, InterruptedException {
        String own = ownEndpoint();
        String ownId = status(own, deadline).memberId();
        List<Member> members = members(own, deadline);
        var asked = new ArrayList<Callable<QuorumGuard.Member>>();
        for (Member member : members) {
            asked.add(() -> ask(member, deadline));
        }
        var answers = new ArrayList<QuorumGuard.Member>();
        try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            for (var answer : threads.invokeAll(asked)) {
                answers.add(answer.get());
            }
        } catch (ExecutionException e) {
            throw new IOException("cannot read the members of etcd: " + e.getCause(), e);
        }
        return new Reading(ownId, answers);
    }

    /**
     * Whether the member on this host serves anything: a linearizable read through its listener on
     * loopback, or through its client URL. Asked when the others cannot be read.
     */
    public boolean servesHere(Duration deadline) throws InterruptedException {
        try {
            var health = LocalHttp.get("http://127.0.0.1:2381/health", deadline);
            if (health.status() == 200) {
                return true;
            }
        } catch (IOException e) {
            // perhaps it has no such listener
        }
        try {
            read(ownEndpoint(), deadline);
            return true;
        } catch (IOException e) {
            return false;
        }
    }

    private QuorumGuard.Member ask(Member member, Duration deadline) throws InterruptedException {
        try {
            if (!member.clientUrl().isEmpty()) {
                read(member.clientUrl(), deadline);
                Status status = status(member.clientUrl(), deadline);
                return new QuorumGuard.Member(
                        member.id(),
                        !member.learner(),
                        status.memberId().equals(member.id()),
                        Long.parseUnsignedLong(status.raftIndex()));
            }
        } catch (IOException | NumberFormatException e) {
            // it does not serve; why is of no use to the guard
        }
        return new QuorumGuard.Member(member.id(), !member.learner(), false, 0);
    }

    /**
     * Saves a snapshot of the member behind this endpoint into a new file, 0600. It is there when
     * it is whole; until then etcdctl writes beside it, under the same name with more behind it.
     */
    public void saveSnapshot(String endpoint, Path file, Duration deadline)
            throws IOException, InterruptedException {
        run(endpoint, deadline, "snapshot", "save", file.toString());
    }

    /**
     * What a snapshot's file holds, by etcdutl, or by etcdctl before 3.5, which has none.
     *
     * @throws IOException if it is no whole snapshot, or this is not told in the form that is known
     */
    public Snapshot snapshot(Path file, Duration deadline)
            throws IOException, InterruptedException {
        boolean utl = files.status(ETCDUTL).isPresent();
        String printed =
                ran(
                        List.of(
                                utl ? ETCDUTL : ETCDCTL,
                                "snapshot",
                                "status",
                                file.toString(),
                                "--write-out=json"),
                        deadline);
        return snapshot(printed);
    }

    static Snapshot snapshot(String printed) throws IOException {
        JsonNode status;
        try {
            status = JSON.readTree(printed);
        } catch (JacksonException e) {
            throw new IOException("the snapshot's status is no JSON", e);
        }
        long hash = number(status, "hash", 0xffff_ffffL);
        return new Snapshot(
                (int) hash,
                number(status, "revision", Long.MAX_VALUE),
                number(status, "totalKey", Long.MAX_VALUE),
                number(status, "totalSize", Long.MAX_VALUE));
    }

    private static long number(JsonNode status, String name, long most) throws IOException {
        JsonNode value = status.path(name);
        if (!value.isIntegralNumber()
                || !value.canConvertToLong()
                || value.asLong() < 0
                || value.asLong() > most) {
            throw new IOException("the snapshot's status has no right " + name);
        }
        return value.asLong();
    }

    /** Whether the member has forgotten what was at this revision. */
    public boolean isCompacted(String endpoint, long revision, Duration deadline)
            throws IOException, InterruptedException {
        try {
            json(endpoint, deadline, "get", "davit-serves", "--rev=" + revision);
            return false;
        } catch (IOException e) {
            if (String.valueOf(e.getMessage()).contains("compacted")) {
                return true;
            }
            throw e;
        }
    }

    private JsonNode json(String endpoint, Duration deadline, String... arguments)
            throws IOException, InterruptedException {
        try {
            return JSON.readTree(run(endpoint, deadline, arguments));
        } catch (JacksonException e) {
            throw new IOException("etcdctl answered no JSON", e);
        }
    }

    private String run(String endpoint, Duration deadline, String... arguments)
            throws IOException, InterruptedException {
        var argv = new ArrayList<String>();
        argv.add(ETCDCTL);
        argv.add("--endpoints=" + endpoint);
        argv.add("--cacert=" + PKI + "ca.crt");
        argv.add("--cert=" + PKI + "server.crt");
        argv.add("--key=" + PKI + "server.key");
        argv.add("--dial-timeout=" + Math.clamp(deadline.toMillis() / 2, 1, 10_000) + "ms");
        argv.add("--command-timeout=" + Math.max(1, deadline.toMillis()) + "ms");
        argv.add("--write-out=json");
        argv.addAll(List.of(arguments));
        return ran(argv, deadline);
    }

    private String ran(List<String> argv, Duration deadline)
            throws IOException, InterruptedException {
        var finished =
                processes.run(new Command(argv, Map.of(), new byte[0], deadline.plusSeconds(1)));
        if (!finished.ok()) {
            throw new IOException(reason(finished.cause()));
        }
        return finished.stdout();
    }

    /** etcdctl logs its error as JSON with the reason inside, or prints it after "Error: ". */
    private static String reason(String line) {
        if (line.startsWith("{")) {
            try {
                String error = JSON.readTree(line).path("error").asString("");
                return error.isEmpty() ? line : error;
            } catch (JacksonException e) {
                return line;
            }
        }
        return line.startsWith("Error: ") ? line.substring("Error: ".length()) : line;
    }

    private static String hex(JsonNode id) {
        String text = id.asString("0");
        try {
            return new BigInteger(text).toString(16);
        } catch (NumberFormatException e) {
            return text;
        }
    }
}
