package io.davit.controller.explain;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.davit.controller.explain.KnownCauses.Cause;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

class KnownCausesTest {

    /** Texts as programs say them → words of the cause that must be found. */
    private static final Map<String, String> TEXTS =
            Map.ofEntries(
                    Map.entry(
                            "x509: certificate is valid for 127.0.0.1, 198.18.0.14, not"
                                    + " 198.18.0.100",
                            "does not have the name or address"),
                    Map.entry(
                            "tls: failed to verify certificate: x509: certificate signed by unknown"
                                    + " authority",
                            "certificate of another CA"),
                    Map.entry(
                            "https://198.18.0.100:6443 serves the CA of another cluster",
                            "certificate of another CA"),
                    Map.entry(
                            "x509: certificate has expired or is not yet valid: current time"
                                    + " 2026-11-23T12:00:00Z is after 2026-11-22T12:00:00Z",
                            "a clock is wrong"),
                    Map.entry(
                            "Node password rejected, duplicate hostname or contents of"
                                    + " '/etc/rancher/node/password' may not match server"
                                    + " node-passwd entry",
                            "joined before with another password"),
                    Map.entry("/etc/rancher/k3s/token holds no K10 token", "token"),
                    Map.entry("failed to normalize token; must be in format K10<CA-HASH>", "token"),
                    Map.entry("GET /readyz answered 401: Unauthorized", "no valid credential"),
                    Map.entry("401 Unauthorized", "no valid credential"),
                    Map.entry("port 6443 is taken by haproxy (pid 811)", "another program listens"),
                    Map.entry(
                            "listen tcp 198.18.0.11:2379: bind: address already in use",
                            "another program listens"),
                    Map.entry(
                            "the clock difference against peer 8211f1d0f64f3269 is too high",
                            "clocks of the machines differ"),
                    Map.entry(
                            "kubelet is configured to not run on a host using cgroup v1",
                            "refuses hosts with cgroup v1"),
                    Map.entry("etcdserver: mvcc: database space exceeded", "at its quota"),
                    Map.entry(
                            "numbers: NOSPACE: its database has 2 bytes, of 1 that it may have",
                            "at its quota"),
                    Map.entry(
                            "write /var/lib/rancher/k3s/agent/x: no space left on device",
                            "file system is full"),
                    Map.entry(
                            "node s1 is not ready: container runtime network not ready:"
                                    + " NetworkReady=false reason:NetworkPluginNotReady"
                                    + " message:Network plugin returns error: cni plugin not"
                                    + " initialized",
                            "no network for pods"),
                    Map.entry("E: Unable to locate package haproxy", "no archive"),
                    Map.entry(
                            "flannel exited: failed to get default interface: Unable to find"
                                    + " default route",
                            "no default route"),
                    Map.entry("1 voters would serve, 2 needed", "the guard refused"),
                    Map.entry(
                            "path /usr/local/bin/k3s exists and was not made by Davit",
                            "Davit did not make it"),
                    Map.entry(
                            "level=fatal msg=\"flag provided but not defined: -bogus-key\"",
                            "does not know a key"),
                    Map.entry(
                            "\"overlayfs\" snapshotter cannot be enabled for \"/var/lib/rancher\"",
                            "cannot carry overlayfs"),
                    Map.entry("request cluster ID mismatch", "do not belong together"),
                    Map.entry("etcd.service: Assertion failed.", "data of this etcd member"),
                    Map.entry("GET /readyz answered 500: etcd failed", "no quorum"),
                    Map.entry("numbers: it has no leader", "no quorum"),
                    Map.entry("503 Service Unavailable", "is starting"),
                    Map.entry("runtime core not ready", "is starting"),
                    Map.entry("connect timed out: firewall?", "nothing answers at that address"),
                    Map.entry("readyz: no answer within 8 s", "it hangs"),
                    Map.entry("s1=DOWN L6TOUT", "it hangs"),
                    Map.entry("health: connection refused", "not running"),
                    Map.entry("unit haproxy is inactive", "not running"),
                    Map.entry("its host is away", "no session with the controller"),
                    Map.entry(
                            "the state of e2 is not as applied: etcd etcd.config: differs",
                            "changed it beside Davit"),
                    Map.entry("no machine is bound", "waits for approval"),
                    Map.entry("mkdir /sys/fs/cgroup/x: read-only file system", "read-only"),
                    Map.entry("its SHA-256 is another", "not the one that was published"));

    private final KnownCauses known = KnownCauses.compiledIn();

    @Test
    void textsOfProgramsAreKnown() {
        TEXTS.forEach((text, words) ->
                assertThat(known.of(text, List.of()))
                        .as(text)
                        .hasValueSatisfying(it -> assertThat(it.cause()).contains(words)));
    }

    @Test
    void everyEntryHasATextThatFindsIt() {
        Set<Cause> found = new HashSet<>();
        TEXTS.keySet().forEach(text -> known.of(text, List.of()).ifPresent(found::add));
        assertThat(found).hasSize(known.size());
    }

    @Test
    void theErrorGoesBeforeTheLogAndTheNewestLineBeforeOlderOnes() {
        assertThat(known.of("no space left on device", List.of("401 Unauthorized")))
                .hasValueSatisfying(it -> assertThat(it.cause()).contains("full"));
        assertThat(
                        known.of(
                                "exit code 1",
                                List.of("401 Unauthorized", "NOSPACE", "nothing special")))
                .hasValueSatisfying(it -> assertThat(it.cause()).contains("quota"));
        assertThat(known.of("something new", List.of("all is well"))).isEmpty();
    }

    @Test
    void anEntryThatIsNotWholeIsRefused() {
        assertThatThrownBy(() -> KnownCauses.parse("when x\ncause y\n"))
                .hasMessageContaining("want when, cause, remedy");
    }
}
