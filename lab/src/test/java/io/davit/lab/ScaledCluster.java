package io.davit.lab;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * A cluster of one etcd member that balances too, and whatever load balancers (b…), servers (s…)
 * and workers a test wants.
 */
record ScaledCluster(ExampleCluster cluster, String head) implements AutoCloseable {

    static final String VIRTUAL_IP = "198.18.0.100";

    private static final String ENDPOINT = "  endpoint:\n    virtualIp: " + VIRTUAL_IP + "\n";

    static final Example HOSTS =
            new Example(
                    "examples/ha.yaml",
                    "ha",
                    List.of(
                            "e1",
                            "s1",
                            "s2",
                            "s3",
                            "worker-1",
                            "worker-10",
                            "worker-2",
                            "worker-3",
                            "b1",
                            "b2",
                            "h1"));

    /** Boots these hosts and registers their agents; nothing of a cluster is there yet. */
    static ScaledCluster registered(String run, List<String> hosts) throws IOException {
        var scaled = withVirtualIp(run, hosts);
        return new ScaledCluster(scaled.cluster(), scaled.head().replace(ENDPOINT, ""));
    }

    /** The same; its endpoint is the virtual IP, so that it needs two load balancers. */
    static ScaledCluster withVirtualIp(String run, List<String> hosts) throws IOException {
        var cluster = ExampleCluster.registered(new Lab(run), HOSTS, hosts);
        String yaml = Files.readString(cluster.spec());
        return new ScaledCluster(cluster, yaml.substring(0, yaml.indexOf("  hosts:")));
    }

    /** The etcd member that balances too, and these. */
    Path spec(String... hosts) throws IOException {
        var text = new StringBuilder(head).append("  hosts:\n");
        text.append("    - {name: e1, address: 198.18.0.11, roles: [etcd, load-balancer]}\n");
        for (String host : hosts) {
            text.append(
                    "    - {name: %s, address: %s, roles: [%s]}\n"
                            .formatted(host, HOSTS.address(host), role(host)));
        }
        Path file = cluster.spec("scaling.yaml", "", "");
        Files.writeString(file, text);
        return file;
    }

    private static String role(String host) {
        return switch (host.charAt(0)) {
            case 'b' -> "load-balancer";
            case 's' -> "control-plane";
            default -> "worker";
        };
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
