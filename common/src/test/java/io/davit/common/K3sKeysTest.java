package io.davit.common;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class K3sKeysTest {

    /** What the real {@code k3s server --help} of v1.21.2+k3s1 lists, seen on hosts of the lab. */
    private static final Set<String> SERVER_1_21 =
            Set.of(
                    ("advertise-address advertise-port agent-token agent-token-file alsologtostderr"
                         + " bind-address cluster-cidr cluster-dns cluster-domain cluster-init"
                         + " cluster-reset cluster-reset-restore-path cluster-secret config"
                         + " container-runtime-endpoint data-dir datastore-cafile"
                         + " datastore-certfile datastore-endpoint datastore-keyfile debug"
                         + " default-local-storage-path disable disable-cloud-controller"
                         + " disable-helm-controller disable-kube-proxy disable-network-policy"
                         + " disable-scheduler docker etcd-disable-snapshots etcd-expose-metrics"
                         + " etcd-s3 etcd-s3-access-key etcd-s3-bucket etcd-s3-endpoint"
                         + " etcd-s3-endpoint-ca etcd-s3-folder etcd-s3-region etcd-s3-secret-key"
                         + " etcd-s3-skip-ssl-verify etcd-snapshot-dir etcd-snapshot-name"
                         + " etcd-snapshot-retention etcd-snapshot-schedule-cron flannel-backend"
                         + " flannel-conf flannel-iface https-listen-port"
                         + " image-credential-provider-bin-dir image-credential-provider-config"
                         + " kube-apiserver-arg kube-cloud-controller-manager-arg"
                         + " kube-controller-manager-arg kube-proxy-arg kube-scheduler-arg"
                         + " kubelet-arg lb-server-port log no-deploy no-flannel node-external-ip"
                         + " node-ip node-label node-name node-taint pause-image private-registry"
                         + " protect-kernel-defaults resolv-conf rootless secrets-encryption"
                         + " selinux server service-cidr service-node-port-range snapshotter"
                         + " system-default-registry tls-san token token-file vmodule with-node-id"
                         + " write-kubeconfig write-kubeconfig-mode")
                            .split(" "));

    private final K3sKeys keys = K3sKeys.standard();

    @Test
    void everyKeySeenInAnOldServerIsThere() {
        assertThat(keys.keys("v1.21.2+k3s1", K3sKeys.Kind.SERVER)).containsAll(SERVER_1_21);
    }

    @Test
    void keysComeAndGoWithVersions() {
        assertThat(keys.has("v1.21.2+k3s1", K3sKeys.Kind.SERVER, "supervisor-metrics")).isFalse();
        assertThat(keys.has("v1.34.1+k3s1", K3sKeys.Kind.SERVER, "supervisor-metrics")).isTrue();
        assertThat(keys.has("v1.21.2+k3s1", K3sKeys.Kind.SERVER, "no-deploy")).isTrue();
        assertThat(keys.has("v1.34.1+k3s1", K3sKeys.Kind.SERVER, "no-deploy")).isFalse();
        assertThat(keys.has("v1.34.1+k3s1", K3sKeys.Kind.SERVER, "bogus-key")).isFalse();
    }

    /** By the release notes, and the pull requests that they name. */
    @ParameterizedTest
    @CsvSource({
        "etcd-arg, v1.22.3+k3s1, v1.22.4+k3s1",
        "default-runtime, v1.28.9+k3s1, v1.29.0+k3s1",
        "image-service-endpoint, v1.28.2+k3s1, v1.28.3+k3s1",
        "tls-san-security, v1.27.16+k3s1, v1.28.1+k3s1",
        "embedded-registry, v1.29.0+k3s1, v1.29.1+k3s2",
        "disable-default-registry-endpoint, v1.29.0+k3s1, v1.29.1+k3s2",
        "supervisor-metrics, v1.30.1+k3s1, v1.30.2+k3s1",
        "write-kubeconfig-group, v1.30.1+k3s1, v1.30.2+k3s1",
        "etcd-s3-config-secret, v1.30.2+k3s2, v1.30.3+k3s1",
        "etcd-s3-proxy, v1.30.2+k3s2, v1.30.3+k3s1",
        "node-internal-dns, v1.31.3+k3s1, v1.31.4+k3s1",
        "node-external-dns, v1.31.3+k3s1, v1.31.4+k3s1",
        "nonroot-devices, v1.31.0+k3s1, v1.32.0+k3s1",
        "etcd-s3-session-token, v1.32.1+k3s1, v1.32.2+k3s1",
        "etcd-snapshot-reconcile-interval, v1.32.2+k3s1, v1.32.3+k3s1",
        "secrets-encryption-provider, v1.32.3+k3s1, v1.32.4+k3s1",
        "etcd-s3-bucket-lookup-type, v1.33.0+k3s1, v1.33.1+k3s1",
        "etcd-s3-retention, v1.33.3+k3s1, v1.33.4+k3s1",
        "helm-controller-arg, v1.35.4+k3s1, v1.36.3+k3s1",
        "multi-cluster-cidr, v1.29.0+k3s1, v1.28.3+k3s1",
        "cluster-secret, v1.25.0+k3s1, v1.24.17+k3s1",
        "no-flannel, v1.25.0+k3s1, v1.24.17+k3s1",
        "no-deploy, v1.25.0+k3s1, v1.24.17+k3s1"
    })
    void aServerHasAKeyFromTheReleaseOnThatBroughtIt(String key, String without, String with) {
        assertThat(keys.has(without, K3sKeys.Kind.SERVER, key)).as(without).isFalse();
        assertThat(keys.has(with, K3sKeys.Kind.SERVER, key)).as(with).isTrue();
    }

    /** The lab's stand-in has its list from the source of the version that it claims to be. */
    @Test
    void theStandInOfTheLabHasTheSameKeys() throws IOException {
        String standIn = Files.readString(Path.of("../lab/k3s/k3s"));
        var shared = flags(standIn, "SHARED_FLAGS");
        var server = flags(standIn, "SERVER_FLAGS");
        server.addAll(shared);
        server.removeAll(
                Set.of("apiserver-port", "supervisor-port", "apiserver-bind-address")); // hidden
        var agent = flags(standIn, "AGENT_FLAGS");
        agent.addAll(shared);
        var version = Pattern.compile("(?m)^VERSION = '(.*)'").matcher(standIn);
        assertThat(version.find()).isTrue();
        assertThat(keys.keys(version.group(1), K3sKeys.Kind.SERVER)).isEqualTo(server);
        assertThat(keys.keys(version.group(1), K3sKeys.Kind.AGENT)).isEqualTo(agent);
    }

    private static Set<String> flags(String standIn, String list) {
        var text = Pattern.compile("(?s)\n" + list + " = '+(.*?)'").matcher(standIn);
        assertThat(text.find()).as(list).isTrue();
        var names = new TreeSet<String>();
        for (String flag : text.group(1).strip().split("\\s+")) {
            names.add(flag.split("[,:]")[0]);
        }
        return names;
    }

    @Test
    void anAgentHasNoKeyOfAServer() {
        assertThat(keys.keys("v1.34.1+k3s1", K3sKeys.Kind.AGENT))
                .contains("server", "token-file", "node-name", "kubelet-arg")
                .doesNotContain("datastore-endpoint", "tls-san", "cluster-cidr", "agent-token");
    }
}
