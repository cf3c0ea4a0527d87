package io.davit.common;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Set;
import org.junit.jupiter.api.Test;

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

    @Test
    void anAgentHasNoKeyOfAServer() {
        assertThat(keys.keys("v1.34.1+k3s1", K3sKeys.Kind.AGENT))
                .contains("server", "token-file", "node-name", "kubelet-arg")
                .doesNotContain("datastore-endpoint", "tls-san", "cluster-cidr", "agent-token");
    }
}
