package io.davit.lab;

import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import tools.jackson.databind.ObjectMapper;

/** What can be seen of hosts without asking Davit. */
final class Outside {

    private final Lab lab;

    Outside(Lab lab) {
        this.lab = lab;
    }

    /** Everything that planning must leave as it is, one fact a line. */
    List<String> print(String host) {
        return lab.script(host, "host-print.sh").lines();
    }

    /** The facts that differ between two prints, marked {@code -} and {@code +}. */
    static List<String> difference(List<String> before, List<String> after) {
        var gone = new TreeSet<>(before);
        after.forEach(gone::remove);
        var came = new TreeSet<>(after);
        before.forEach(came::remove);
        var all = new java.util.ArrayList<String>();
        gone.forEach(line -> all.add("- " + line));
        came.forEach(line -> all.add("+ " + line));
        return all;
    }

    /** InvocationID and NRestarts of a unit, as systemd counts them. */
    String life(String host, String unit) {
        return lab.exec(
                        host,
                        "systemctl",
                        "show",
                        unit,
                        "-p",
                        "InvocationID",
                        "-p",
                        "NRestarts",
                        "-p",
                        "ActiveState")
                .ok();
    }

    /** The ids of all starts of a unit, by the journal. */
    List<String> invocations(String host, String unit) {
        return lab.sh(
                        host,
                        "journalctl -u %s -o json --no-pager | jq -r 'select(._SYSTEMD_UNIT == \"%s.service\") | ._SYSTEMD_INVOCATION_ID' | sort -u"
                                .formatted(unit, unit))
                .lines();
    }

    /**
     * Server → status, check and its code, from HAProxy's own admin socket. Of a check under way
     * ("* L7OK") there is no code yet: it is asked again.
     */
    Map<String, String> backends(String balancer) {
        return await().atMost(Duration.ofSeconds(10))
                .until(
                        () -> checked(balancer),
                        states -> states.values().stream().noneMatch(it -> it.contains(" * ")));
    }

    private Map<String, String> checked(String balancer) {
        var states = new TreeMap<String, String>();
        lab
                .sh(balancer, "echo 'show stat' | socat - UNIX-CONNECT:/run/haproxy/admin.sock")
                .lines()
                .stream()
                .map(line -> line.split(",", -1))
                .filter(cells -> cells[0].equals("k3s") && !cells[1].equals("BACKEND"))
                .forEach(cells ->
                        states.put(
                                cells[1], (cells[17] + " " + cells[36] + " " + cells[37]).strip()));
        return states;
    }

    /** Which of these hosts have an address now. */
    List<String> holders(String address, List<String> hosts) {
        return hosts.stream()
                .filter(host ->
                        lab.sh(host, "ip -o -4 addr show | grep -qw " + address).exitCode() == 0)
                .toList();
    }

    /** Mode, owner, inode and modification time of files. */
    String stat(String host, String... files) {
        var command = new java.util.ArrayList<>(List.of("stat", "-c", "%n %a %U:%G %i %Y"));
        command.addAll(List.of(files));
        return lab.exec(host, command.toArray(String[]::new)).ok();
    }

    /** Digests of all configuration and programs, and the lives of these units. */
    List<String> standing(String host, String... units) {
        return lab.sh(
                        host,
                        """
                        find /etc /usr/local/bin /opt/davit -xdev -type f -print0 2>/dev/null \
                            | sort -z | xargs -0 sha256sum
                        for unit in %s; do
                            systemctl show $unit -p Id -p InvocationID -p NRestarts -p ActiveState -p ExecMainStartTimestamp
                        done
                        """
                                .formatted(String.join(" ", units)))
                .lines();
    }

    /** Bytes that the bridge has sent to a host since its boot, frames and all. */
    long bytesSentTo(String host) {
        var links =
                new ObjectMapper()
                        .readTree(
                                lab.lab("net", "ip", "-j", "-s", "link", "show", "p-" + host).ok());
        return links.path(0).path("stats64").path("tx").path("bytes").longValue();
    }

    /**
     * Ids of all members that etcd has ever taken in, those that were removed again too: from the
     * log of its own decisions on all hosts.
     */
    Set<String> memberIdsEver() {
        var ids = new TreeSet<String>();
        for (String host : ExampleCluster.ETCD) {
            lab.sh(
                            host,
                            "journalctl -u etcd -o cat --no-pager | grep -o"
                                    + " '\"added-peer-id\":\"[0-9a-f]*\"'")
                    .lines()
                    .forEach(ids::add);
        }
        return ids;
    }

    /** Lives of all units that Davit manages on the example's hosts. */
    Map<String, String> lives() {
        var lives = new LinkedHashMap<String, String>();
        for (String host : ExampleCluster.ETCD) {
            lives.put(host, life(host, "etcd"));
        }
        lives.put("s1", life("s1", "k3s"));
        for (String host : ExampleCluster.WORKERS) {
            lives.put(host, life(host, "k3s-agent"));
        }
        return lives;
    }
}
