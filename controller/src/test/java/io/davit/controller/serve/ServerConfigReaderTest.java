package io.davit.controller.serve;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.davit.controller.serve.ServerConfigReader.BadConfigException;
import java.util.List;
import org.junit.jupiter.api.Test;

class ServerConfigReaderTest {

    private static ServerConfig parse(String text) throws BadConfigException {
        return ServerConfigReader.parse("c.yaml", text);
    }

    @Test
    void namesAreEnoughTheRestHasDefaults() throws Exception {
        ServerConfig config = parse("names: [ctl.example.test, 198.18.0.2]\n");
        assertThat(config.names().all()).containsExactly("ctl.example.test", "198.18.0.2");
        assertThat(config.agents().getPort()).isEqualTo(7443);
        assertThat(config.enrolment().getPort()).isEqualTo(7444);
        assertThat(config.operators().getPort()).isEqualTo(7445);
        assertThat(config.k3sSource()).isEqualTo(ServerConfig.DEFAULT_K3S);
        assertThat(config.state()).isEqualTo(ServerConfig.DEFAULT_STATE);
        assertThat(config.k3sChannels()).contains(ServerConfig.DEFAULT_CHANNELS);
        assertThat(config.k3sReleases()).contains(ServerConfig.DEFAULT_RELEASES);
    }

    @Test
    void aSiteWithItsOwnReleasesAsksNobodyOutsideUnlessToldTo() throws Exception {
        ServerConfig mirror = parse("names: [a]\nartifacts: {k3s: https://mirror.example.test}\n");
        assertThat(mirror.k3sChannels()).isEmpty();
        assertThat(mirror.k3sReleases()).isEmpty();
        ServerConfig told =
                parse(
                        """
                        names: [a]
                        artifacts:
                          k3s: https://mirror.example.test
                          k3s-channels: https://mirror.example.test/channels
                          k3s-releases: http://mirror.example.test/releases?per_page=30
                        """);
        assertThat(told.k3sChannels()).contains("https://mirror.example.test/channels");
        assertThat(told.k3sReleases()).contains("http://mirror.example.test/releases?per_page=30");
        for (String bad : List.of("/srv/channels", "ftp://x", "https://", "https://a b", "x")) {
            assertThatThrownBy(
                            () -> parse("names: [a]\nartifacts: {k3s-channels: '" + bad + "'}\n"))
                    .as(bad)
                    .isInstanceOf(BadConfigException.class)
                    .hasMessageContaining("c.yaml:2:27  artifacts.k3s-channels:");
        }
    }

    @Test
    void everythingCanBeSet() throws Exception {
        ServerConfig config =
                parse(
                        """
                        names: ["198.18.0.2"]
                        state: "/s"
                        key-file: /k
                        listen:
                          agents: 198.18.0.2:1
                          enrolment: "[fd00::1]:2"
                          operators: 127.0.0.1:3
                          socket: /run/x/s
                        artifacts:
                          k3s: http://198.18.0.1:8000/k3s/
                          etcd: /srv/etcd
                        limits:
                          enrolments-per-second: 20
                          connections-per-address: 500
                          etcd-snapshots: 3
                        """);
        assertThat(config.agents().getAddress().getHostAddress()).isEqualTo("198.18.0.2");
        assertThat(config.enrolment().getPort()).isEqualTo(2);
        assertThat(config.k3sSource()).isEqualTo("http://198.18.0.1:8000/k3s");
        assertThat(config.etcdSource()).isEqualTo("/srv/etcd");
        assertThat(config.enrolmentsPerSecond()).isEqualTo(20);
        assertThat(config.connectionsPerAddress()).isEqualTo(500);
        assertThat(config.etcdSnapshots()).isEqualTo(3);
    }

    @Test
    void allProblemsAreToldAtOnceEachWithItsPlace() {
        assertThatThrownBy(() ->
                        parse(
                                """
                                names: [a_b]
                                listen:
                                  agent: 0.0.0.0:1
                                  operators: nowhere
                                state: here
                                artifacts: {k3s: "ftp://x"}
                                limits: {connections-per-address: -1}
                                colour: red
                                """))
                .isInstanceOf(BadConfigException.class)
                .extracting(e -> String.valueOf(e.getMessage()).lines().toList())
                .satisfies(lines ->
                        assertThat(lines)
                                .hasSize(7)
                                .anyMatch(l -> l.startsWith("c.yaml:1:8  names:"))
                                .anyMatch(
                                        l -> l.startsWith("c.yaml:3:3  listen.agent: unknown key"))
                                .anyMatch(l -> l.startsWith("c.yaml:4:14  listen.operators:"))
                                .anyMatch(l -> l.startsWith("c.yaml:5:8  state:"))
                                .anyMatch(l -> l.startsWith("c.yaml:6:18  artifacts.k3s:"))
                                .anyMatch(l -> l.startsWith("c.yaml:7:35  limits."))
                                .anyMatch(l -> l.startsWith("c.yaml:8:1  colour:")));
    }

    @Test
    void whatIsNoYamlOrTooCleverIsRefused() {
        for (String text :
                List.of(
                        "names: [a",
                        "names: [a]\nnames: [b]\n",
                        "x: &a [b]\nnames: *a\n",
                        "- a\n",
                        "names: [a]\nlisten: 7\n",
                        "",
                        "names: {a: b}\n",
                        "names: [[a]]\n")) {
            assertThatThrownBy(() -> parse(text)).as(text).isInstanceOf(BadConfigException.class);
        }
    }
}
