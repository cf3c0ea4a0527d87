package io.davit.lab;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer.OrderAnnotation;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestMethodOrder;

/**
 * All roles on one machine, no network for pods, and a K3s version that the channel chose. Each
 * test follows the one before.
 */
@TestMethodOrder(OrderAnnotation.class)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class OneHostIT {

    private static final String ENDPOINT = "https://198.18.0.11:8443";
    private static final String CHANNELS = "http://198.18.0.1:8080/v1-release/channels";

    /** Newer than the one that is there to be downloaded. */
    private static final String MOVED = "v1.99.0+k3s1";

    private ExampleCluster cluster;
    private String version = "";

    @BeforeAll
    void register() throws Exception {
        cluster = ExampleCluster.registered("it-one-host", Example.ONE_HOST);
        version = published();
    }

    @AfterAll
    void end() {
        if (cluster != null) {
            cluster.close();
        }
    }

    private String published() throws IOException {
        return Files.readString(cluster.spec())
                .lines()
                .filter(line -> line.startsWith("    version: v"))
                .findFirst()
                .orElseThrow()
                .replace("    version: ", "");
    }

    /** The example without a version of K3s. */
    private Path spec() throws IOException {
        return cluster.spec("without-version.yaml", "  k3s:\n    version: " + version + "\n", "");
    }

    @Test
    @Order(1)
    void aPlanWithoutAVersionShowsTheNewestStable() throws Exception {
        var plan = cluster.plan(spec());
        assertThat(plan.exitCode()).as(plan.toString()).isEqualTo(2);
        assertThat(plan.out()).contains("k3s " + version + " (newest stable on ");
    }

    @Test
    @Order(2)
    void versionsAndArtifactsTellWhatThereIs() {
        assertThat(cluster.davit("versions").ok())
                .containsPattern("stable +\\Q" + version + "\\E")
                .contains("from the channel server " + CHANNELS)
                .contains("from the list of releases http://198.18.0.1:8080/repos/");
        assertThat(cluster.davit("artifacts").ok())
                .as("planning fetches nothing")
                .contains("none yet");
    }

    @Test
    @Order(3)
    void theChannelMovesAndTheControllerKnowsIt() {
        cluster.lab.lab("mirror", "channel", "stable", MOVED).ok();
        // another address of the same list: what the first one said an hour ago counts no more
        cluster.lab
                .sh(
                        "ctl",
                        "sed -i 's|/v1-release/channels$|&?moved|' /etc/davit/controller.yaml"
                                + " && systemctl restart davit")
                .ok();
        cluster.lab.tool("lab/stage", "registered", "1").ok();
        assertThat(cluster.davit("versions").ok()).containsPattern("stable +\\Q" + MOVED + "\\E");
    }

    @Test
    @Order(4)
    void applyTakesWhatThePlanShowedAndEndsWaitingForACni() throws Exception {
        long start = System.nanoTime();
        var apply = cluster.apply(spec());
        assertThat(apply.exitCode()).as(apply.toString()).isZero();
        System.out.printf(
                "one host: from a registered agent to WaitingForCNI in %.1f s%n",
                (System.nanoTime() - start) / 1e9);
        assertThat(apply.out())
                .contains("WaitingForCNI: ")
                .contains("  → davit kubeconfig one --merge --use")
                .contains("  → install a CNI for the pods of 198.19.0.0/17");
        assertThat(
                        cluster.kubectl(
                                        "get",
                                        "node",
                                        "h1",
                                        "-o",
                                        "jsonpath={.status.nodeInfo.kubeletVersion}")
                                .ok())
                .isEqualTo(version);
    }

    @Test
    @Order(5)
    void statusSaysSoToo() {
        assertThat(cluster.davit("status").ok())
                .contains("one  WaitingForCNI")
                .contains("k3s " + version)
                .containsPattern("control-plane +.* WaitingForCNI .*cni plugin not initialized")
                .contains("  → install a CNI");
    }

    @Test
    @Order(6)
    void theNodeSaysWhyAndTakesPods() throws Exception {
        assertThat(
                        cluster.kubectl(
                                        "get",
                                        "node",
                                        "h1",
                                        "-o",
                                        "jsonpath={.status.conditions[?(@.type=='Ready')].message}")
                                .ok())
                .contains("NetworkPluginNotReady")
                .contains("cni plugin not initialized");
        assertThat(
                        cluster.kubectl("get", "node", "h1", "-o", "jsonpath={.spec.taints[*].key}")
                                .ok()
                                .split(" "))
                .as("what Kubernetes itself sets on a node that is not ready")
                .containsOnly("node.kubernetes.io/not-ready");
    }

    @Test
    @Order(7)
    void theKubeconfigLeadsThroughTheLoadBalancer() throws Exception {
        assertThat(
                        cluster.kubectl(
                                        "config",
                                        "view",
                                        "-o",
                                        "jsonpath={.clusters[0].cluster.server}")
                                .ok())
                .isEqualTo(ENDPOINT);
        assertThat(cluster.lab.sh("h1", "ss -Hltnp 'sport = :8443'").ok()).contains("haproxy");
        assertThat(cluster.outside.backends("h1")).hasSize(1).containsEntry("h1", "UP L7OK 200");
    }

    @Test
    @Order(8)
    void applyingAgainMovesNothing() throws Exception {
        String before = lives();
        var again = cluster.apply(spec());
        assertThat(again.exitCode()).as(again.toString()).isZero();
        assertThat(again.out()).contains("Nothing to do").contains("WaitingForCNI: ");
        assertThat(lives()).isEqualTo(before);
    }

    private String lives() {
        return cluster.outside.life("h1", "etcd")
                + cluster.outside.life("h1", "haproxy")
                + cluster.outside.life("h1", "k3s");
    }

    @Test
    @Order(9)
    void theKubeconfigMergesBesideAnotherOne() {
        cluster.lab
                .sh(
                        "ctl",
                        """
                        mkdir -p /root/.kube && umask 022 && cat > /root/.kube/config <<'END'
                        apiVersion: v1
                        kind: Config
                        clusters:
                        - name: other
                          cluster: {server: "https://192.0.2.1:6443"}
                        users:
                        - name: other
                          user: {token: other-token}
                        contexts:
                        - name: other
                          context: {cluster: other, user: other}
                        current-context: other
                        END
                        """)
                .ok();
        var merged = cluster.davit("kubeconfig", "one", "--merge");
        assertThat(merged.ok())
                .contains("context one is in /root/.kube/config")
                .contains("the current context is still other")
                .contains("tried: " + ENDPOINT + " answers, " + version);
        assertThat(merged.err()).isEmpty();
        assertThat(cluster.lab.sh("ctl", "cat /root/.kube/config").ok())
                .contains("https://192.0.2.1:6443", "other-token", "current-context: other")
                .contains(ENDPOINT);
        assertThat(cluster.lab.sh("ctl", "stat -c '%a %U' /root/.kube/config").ok().strip())
                .isEqualTo("600 root");
    }

    @Test
    @Order(10)
    void artifactsNameTheClusterThatNeedsThem() {
        assertThat(cluster.davit("artifacts").ok().lines().filter(line -> line.startsWith("k3s ")))
                .singleElement()
                .satisfies(line -> assertThat(line).contains(version).endsWith("one"));
        assertThat(cluster.davit("artifacts", "remove", "--unused").ok())
                .contains("nothing to remove");
    }
}
