package io.davit.lab;

import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.awaitility.core.ConditionTimeoutException;

/** The hosts of an example with Davit on them, and the ways to talk to it. */
final class ExampleCluster implements AutoCloseable {

    static final List<String> ETCD = List.of("e1", "e2", "e3");
    static final List<String> WORKERS = List.of("w1", "w2");

    final Lab lab;
    final Outside outside;
    private final Example example;
    private final Path work;

    private ExampleCluster(Lab lab, Example example, Path work) {
        this.lab = lab;
        this.example = example;
        this.work = work;
        this.outside = new Outside(lab);
    }

    /** Boots the hosts and registers their agents; nothing of a cluster is there yet. */
    static ExampleCluster registered(String run, Example example) throws IOException {
        return registered(new Lab(run), example, example.hosts());
    }

    /**
     * Only some of the example's hosts, in a run that is given; it is closed with the cluster, also
     * if booting fails.
     */
    static ExampleCluster registered(Lab lab, Example example, List<String> hosts)
            throws IOException {
        try {
            lab.lab("down", "--wipe").ok();
            lab.up(
                            Stream.concat(
                                            Stream.of("ctl"),
                                            hosts.stream().map(h -> h + "=" + example.address(h)))
                                    .toArray(String[]::new))
                    .ok();
            lab.lab("mirror", "up").ok();
            lab.tool("lab/stage", "controller").ok();
            if (!hosts.isEmpty()) {
                lab.tool(
                                "lab/stage",
                                Stream.concat(Stream.of("agents"), hosts.stream())
                                        .toArray(String[]::new))
                        .ok();
            }
            lab.tool("lab/stage", "registered", String.valueOf(hosts.size())).ok();
            return new ExampleCluster(lab, example, Files.createTempDirectory("davit-it"));
        } catch (Error | RuntimeException e) {
            lab.close();
            throw e;
        }
    }

    /**
     * The example with the versions that are there; written where {@code lab/davit -f} takes it
     * from.
     */
    Path spec() throws IOException {
        return spec("cluster.yaml", "", "");
    }

    /** The same with one text replaced by another; both may be empty. */
    Path spec(String name, String text, String replacement) throws IOException {
        String yaml = lab.tool("lab/stage", "spec", example.file()).ok();
        if (!text.isEmpty() && !yaml.contains(text)) {
            throw new AssertionError("the example does not hold " + text);
        }
        Path file = work.resolve(name);
        Files.writeString(file, text.isEmpty() ? yaml : yaml.replace(text, replacement));
        return file;
    }

    Lab.Said davit(String... arguments) {
        return lab.tool("lab/davit", arguments);
    }

    Lab.Said apply(Path spec, String... more) {
        var arguments = new ArrayList<>(List.of("apply", "-f", spec.toString()));
        arguments.addAll(List.of(more));
        return davit(arguments.toArray(String[]::new));
    }

    Lab.Said plan(Path spec, String... more) {
        var arguments = new ArrayList<>(List.of("plan", "-f", spec.toString()));
        arguments.addAll(List.of(more));
        return davit(arguments.toArray(String[]::new));
    }

    /** The one that Davit prints; asked for once. */
    Path kubeconfig() throws IOException {
        Path kubeconfig = work.resolve("kubeconfig");
        if (!Files.exists(kubeconfig)) {
            Files.writeString(kubeconfig, davit("kubeconfig", example.cluster()).ok());
        }
        return kubeconfig;
    }

    /** The real kubectl with the kubeconfig that Davit prints. */
    Lab.Said kubectl(String... arguments) throws IOException {
        var all =
                new ArrayList<>(
                        List.of("--kubeconfig", kubeconfig().toString(), "--request-timeout=20s"));
        all.addAll(List.of(arguments));
        return lab.tool("lab/kubectl", all.toArray(String[]::new));
    }

    /** The names of the nodes with a label that are Ready. */
    List<String> ready(String label) throws IOException {
        return kubectl("get", "nodes", "-l", label, "--no-headers")
                .ok()
                .lines()
                .map(line -> line.split("\\s+", 3))
                .filter(node -> node[1].equals("Ready"))
                .map(node -> node[0])
                .toList();
    }

    /** Waits until so many nodes with a label are Ready. */
    void awaitReady(String label, int count, Duration most) {
        try {
            await().atMost(most)
                    .pollInterval(Duration.ofMillis(200))
                    .until(() -> ready(label).size() == count);
        } catch (ConditionTimeoutException e) {
            throw new AssertionError(davit("events").toString(), e);
        }
    }

    /** etcdctl on an etcd host, with that host's own certificate. */
    Lab.Said etcdctl(String host, String address, String... arguments) {
        var all =
                new ArrayList<>(
                        List.of(
                                "env",
                                "ETCDCTL_API=3",
                                "etcdctl",
                                "--endpoints=https://" + address + ":2379",
                                "--cacert=/etc/etcd/pki/ca.crt",
                                "--cert=/etc/etcd/pki/server.crt",
                                "--key=/etc/etcd/pki/server.key"));
        all.addAll(List.of(arguments));
        return lab.exec(host, all.toArray(String[]::new));
    }

    @Override
    public void close() {
        if (System.getenv("DAVIT_KEEP") == null) {
            lab.close();
            Folders.remove(work);
        }
    }
}
