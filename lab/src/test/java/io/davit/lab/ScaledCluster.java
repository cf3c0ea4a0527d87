package io.davit.lab;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * A cluster of one etcd member that balances too, and whatever servers and workers a test wants.
 */
record ScaledCluster(ExampleCluster cluster, String head) implements AutoCloseable {

    static final Example HOSTS =
            new Example(
                    "examples/ha.yaml",
                    "ha",
                    List.of("e1", "s1", "s2", "s3", "worker-1", "worker-10", "worker-2"));

    /** Boots these hosts and registers their agents; nothing of a cluster is there yet. */
    static ScaledCluster registered(String run, List<String> hosts) throws IOException {
        var cluster = ExampleCluster.registered(new Lab(run), HOSTS, hosts);
        String yaml = Files.readString(cluster.spec());
        String head =
                yaml.substring(0, yaml.indexOf("  hosts:"))
                        .replace("  endpoint:\n    virtualIp: 198.18.0.100\n", "");
        return new ScaledCluster(cluster, head);
    }

    /** The etcd member that balances too, and these. */
    Path spec(String... hosts) throws IOException {
        var text = new StringBuilder(head).append("  hosts:\n");
        text.append("    - {name: e1, address: 198.18.0.11, roles: [etcd, load-balancer]}\n");
        for (String host : hosts) {
            text.append(
                    "    - {name: %s, address: %s, roles: [%s]}\n"
                            .formatted(
                                    host,
                                    HOSTS.address(host),
                                    host.startsWith("s") ? "control-plane" : "worker"));
        }
        Path file = cluster.spec("scaling.yaml", "", "");
        Files.writeString(file, text);
        return file;
    }

    List<String> nodes() throws IOException {
        return cluster.kubectl("get", "nodes", "-o", "name").lines().stream()
                .map(name -> name.replace("node/", ""))
                .toList();
    }

    void nothingToDo(Path spec) {
        var again = cluster.apply(spec);
        assertThat(again.out()).as(again.toString()).contains("Nothing to do");
    }

    /** It looks like a host that was never in a cluster. */
    void assertFree(String host) {
        assertThat(
                        cluster.lab
                                .sh(
                                        host,
                                        "ls -A /etc/rancher /var/lib/rancher /var/lib/kubelet"
                                            + " /run/k3s /etc/haproxy/haproxy.cfg 2>/dev/null |"
                                            + " grep -v ':$' | grep .; ls /usr/local/bin/k3s"
                                            + " /etc/systemd/system/k3s*.service /etc/rancher/node"
                                            + " 2>/dev/null; ip -br link | grep -E"
                                            + " '^(cni0|flannel)'; findmnt -rno TARGET | grep -E"
                                            + " '^/(run/k3s|var/lib/kubelet)/'; true")
                                .ok())
                .as("left on " + host)
                .isBlank();
        assertThat(cluster.lab.sh(host, "systemctl is-active k3s k3s-agent etcd").out())
                .doesNotContainPattern("(?m)^active");
        String name = HOSTS.address(host);
        assertThat(cluster.davit("hosts").ok().lines().filter(line -> line.contains(name + " ")))
                .as(host)
                .allMatch(line -> line.contains("unassigned"));
    }

    @Override
    public void close() {
        cluster.close();
    }
}
