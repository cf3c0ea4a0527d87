package io.davit.cli.kubeconfig;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.davit.common.Secret;
import io.davit.controller.report.Kubeconfig;
import org.junit.jupiter.api.Test;

class KubeconfigMergeTest {

    /** As people have them: exec users, extensions, comments, things nobody here knows. */
    private static final String HOME =
            """
            # the team's clusters
            apiVersion: v1
            kind: Config
            current-context: dev
            preferences: {colors: true}
            clusters:
            - name: dev
              cluster:
                server: https://dev.example.test:6443
                insecure-skip-tls-verify: true
                extensions:
                - name: client.authentication.k8s.io/exec
                  extension: {audience: "06e3fbd18de8", some: other}
            # behind the VPN
            - cluster: {server: 'https://stage.example.test', proxy-url: socks5://127.0.0.1:1080}
              name: stage
            contexts:
            - context: {cluster: dev, user: dev, namespace: "yes"}
              name: dev
            - name: stage
              context: {cluster: stage, user: sso}
            users:
            - name: sso
              user:
                exec:
                  apiVersion: client.authentication.k8s.io/v1
                  command: get-token
                  args: [--all, "on"]
                  env:
                  - name: DEBUG
                    value: "true"
                  - {name: SINCE, value: "2024-01-01"}
                  interactiveMode: IfAvailable
                  provideClusterInfo: false
            - name: dev
              user:
                token: |
                  abc
                  def
            x-ours:
              number: 0012
              nothing: ~
            """;

    private static String added(String name, String server) {
        return Kubeconfig.of(name, server, "CA", "CERT", Secret.ofText("KEY"));
    }

    @Test
    void aFileThatIsNotThereBecomesTheNewOne() throws Exception {
        var merged = KubeconfigMerge.merge("", added("prod", "https://p:6443"), "prod", false);
        assertThat(merged.text()).isEqualTo(added("prod", "https://p:6443"));
        assertThat(merged.currentContext()).isEqualTo("prod");
    }

    @Test
    void everythingElseStaysAsItIs() throws Exception {
        var merged = KubeconfigMerge.merge(HOME, added("prod", "https://p:6443"), "prod", false);
        assertThat(merged.currentContext()).isEqualTo("dev");
        assertThat(merged.replacedServer()).isEmpty();
        assertThat(merged.text())
                .contains("# the team's clusters", "# behind the VPN")
                .contains("audience: \"06e3fbd18de8\"", "number: 0012", "namespace: \"yes\"")
                .contains("value: \"true\"", "value: \"2024-01-01\"", "\"on\"", "nothing: ~")
                .contains("proxy-url: 'socks5://127.0.0.1:1080'");
        assertThat(merged.text().indexOf("name: stage"))
                .isLessThan(merged.text().indexOf("name: \"prod\""));
        var access = Access.of(merged.text(), "prod");
        assertThat(access.server()).isEqualTo("https://p:6443");
        assertThat(access.caPem()).isEqualTo("CA");
        assertThat(access.keyPem().revealText()).isEqualTo("KEY");

        // without the new entries it is the old file again, value by value
        var after = new java.util.LinkedHashMap<Object, Object>(KubeconfigYaml.data(merged.text()));
        for (String list : java.util.List.of("clusters", "users", "contexts")) {
            var entries = new java.util.ArrayList<>(KubeconfigYaml.items(after, list));
            assertThat(entries.removeLast().toString()).contains("name=prod");
            after.put(list, entries);
        }
        assertThat(after).isEqualTo(KubeconfigYaml.data(HOME));
    }

    @Test
    void mergingTwiceIsMergingOnce() throws Exception {
        String added = added("prod", "https://p:6443");
        String once = KubeconfigMerge.merge(HOME, added, "prod", false).text();
        assertThat(KubeconfigMerge.merge(once, added, "prod", false).text()).isEqualTo(once);
    }

    @Test
    void whatCarriesTheNameIsReplacedWhereItStands() throws Exception {
        var merged = KubeconfigMerge.merge(HOME, added("dev", "https://new:6443"), "dev", false);
        assertThat(merged.replacedServer()).contains("https://dev.example.test:6443");
        assertThat(merged.text())
                .doesNotContain("insecure-skip-tls-verify", "abc")
                .contains("namespace: \"yes\"") // the person's own
                .contains("name: stage", "get-token");
        assertThat(Access.of(merged.text(), "dev").server()).isEqualTo("https://new:6443");
        assertThat(merged.text().indexOf("https://new:6443"))
                .isLessThan(merged.text().indexOf("https://stage.example.test"));
    }

    @Test
    void theCurrentContextChangesOnlyWhenThereIsNoneOrItIsAskedFor() throws Exception {
        String added = added("prod", "https://p:6443");
        assertThat(KubeconfigMerge.merge(HOME, added, "prod", true).currentContext())
                .isEqualTo("prod");
        for (String none : new String[] {"current-context: \"\"", "current-context:", ""}) {
            String file = HOME.replace("current-context: dev", none);
            assertThat(KubeconfigMerge.merge(file, added, "prod", false).currentContext())
                    .as(none)
                    .isEqualTo("prod");
        }
    }

    @Test
    void emptyAndAbsentListsAreFilled() throws Exception {
        String file = "apiVersion: v1\nkind: Config\nclusters: []\nusers: null\n";
        var merged = KubeconfigMerge.merge(file, added("prod", "https://p:6443"), "prod", false);
        assertThat(Access.of(merged.text(), "prod").server()).isEqualTo("https://p:6443");
        assertThat(merged.text()).contains("clusters:\n- name: \"prod\"");
    }

    @Test
    void anchorsKeepTheirMeaning() throws Exception {
        String file =
                """
                users:
                - name: a
                  user: &shared {token: "1"}
                - name: b
                  user: *shared
                """;
        var merged = KubeconfigMerge.merge(file, added("prod", "https://p:6443"), "prod", false);
        assertThat(KubeconfigYaml.entry(KubeconfigYaml.data(merged.text()), "users", "b"))
                .isEqualTo(KubeconfigYaml.entry(KubeconfigYaml.data(file), "users", "b"));
    }

    @Test
    void aNameThatYamlTakesForSomethingElseStaysAName() throws Exception {
        for (String name : new String[] {"123", "true", "null", "1e3"}) {
            var merged = KubeconfigMerge.merge(HOME, added(name, "https://p:6443"), name, true);
            assertThat(merged.text()).contains("current-context: \"" + name + "\"");
            assertThat(Access.of(merged.text(), name).server()).isEqualTo("https://p:6443");
        }
    }

    @Test
    void whatCannotBeReadIsRefusedWithItsLine() {
        assertRefused("clusters:\n- name: a\n  cluster: {server: x\nusers: []\n", 4);
        assertRefused("apiVersion: v1\nclusters:\n  dev: {}\n", 3);
        assertRefused("- a\n- b\n", 1);
        assertRefused("kind: Pod\n", 1);
        assertRefused("a: 1\na: 2\n", 2);
    }

    private static void assertRefused(String file, int line) {
        assertThatThrownBy(() -> KubeconfigMerge.requireReadable(file))
                .as(file)
                .isInstanceOfSatisfying(
                        UnreadableKubeconfigException.class,
                        e -> assertThat(e.line()).as("%s: %s", file, e).isEqualTo(line));
        assertThatThrownBy(
                        () -> KubeconfigMerge.merge(file, added("p", "https://p:6443"), "p", false))
                .isInstanceOf(UnreadableKubeconfigException.class);
    }
}
