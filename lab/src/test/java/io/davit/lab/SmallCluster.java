package io.davit.lab;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/** The hosts of {@code examples/small.yaml} with Davit on them, and the ways to talk to it. */
final class SmallCluster implements AutoCloseable {

    static final List<String> ETCD = List.of("e1", "e2", "e3");
    static final List<String> WORKERS = List.of("w1", "w2");
    static final List<String> HOSTS = List.of("e1", "e2", "e3", "s1", "w1", "w2");

    final Lab lab;
    final Outside outside;
    private final Path work;

    private SmallCluster(Lab lab, Path work) {
        this.lab = lab;
        this.work = work;
        this.outside = new Outside(lab);
    }

    /** Boots the hosts and registers their agents; nothing of a cluster is there yet. */
    static SmallCluster registered(String run) throws IOException {
        return registered(new Lab(run));
    }

    /** The same in a run that is given; closed with the cluster, also if booting fails. */
    static SmallCluster registered(Lab lab) throws IOException {
        try {
            lab.lab("down", "--wipe").ok();
            lab.up(
                            "ctl",
                            "e1=198.18.0.11",
                            "e2=198.18.0.12",
                            "e3=198.18.0.13",
                            "s1=198.18.0.14",
                            "w1=198.18.0.15",
                            "w2=198.18.0.16")
                    .ok();
            lab.lab("mirror", "up").ok();
            lab.tool("lab/stage", "controller").ok();
            lab.tool(
                            "lab/stage",
                            Stream.concat(Stream.of("agents"), HOSTS.stream())
                                    .toArray(String[]::new))
                    .ok();
            lab.tool("lab/stage", "registered", "6").ok();
            return new SmallCluster(lab, Files.createTempDirectory("davit-it"));
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
        String yaml = lab.tool("lab/stage", "spec", "examples/small.yaml").ok();
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

    /** The real kubectl with the kubeconfig that Davit prints. */
    Lab.Said kubectl(String... arguments) throws IOException {
        Path kubeconfig = work.resolve("kubeconfig");
        if (!Files.exists(kubeconfig)) {
            Files.writeString(kubeconfig, davit("kubeconfig", "small").ok());
        }
        var all =
                new ArrayList<>(
                        List.of("--kubeconfig", kubeconfig.toString(), "--request-timeout=20s"));
        all.addAll(List.of(arguments));
        return lab.tool("lab/kubectl", all.toArray(String[]::new));
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
        }
    }
}
