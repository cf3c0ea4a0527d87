package io.davit.controller.role;

import static org.assertj.core.api.Assertions.assertThat;

import io.davit.common.ConfigYaml;
import io.davit.common.K3sKeys;
import io.davit.controller.Bench;
import io.davit.controller.Specs;
import io.davit.controller.plan.AgentWork.WriteFile;
import io.davit.controller.plan.Content;
import io.davit.controller.plan.Step;
import io.davit.controller.spec.ValidSpec;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** The files of the small example, against golden files and read back. */
class RendererTest {

    private static String file(ValidSpec spec, String stepId) {
        var plan = new Bench(spec, 42).plan();
        assertThat(plan.blockers()).isEmpty();
        Step step =
                plan.steps().stream().filter(s -> s.id().equals(stepId)).findFirst().orElseThrow();
        var parts = ((WriteFile) step.work()).content().parts();
        assertThat(parts).hasSize(1);
        return ((Content.Literal) parts.getFirst()).text();
    }

    private static String golden(String name) throws IOException {
        try (var in = Objects.requireNonNull(RendererTest.class.getResourceAsStream(name))) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        }
    }

    @ParameterizedTest
    @CsvSource({
        "e2/etcd/file.etcd.config, e2-etcd.yaml",
        "e2/etcd/file.etcd.config-afterwards, e2-etcd-afterwards.yaml",
        "s1/control-plane/file.control-plane.config, s1-config.yaml",
        "w1/worker/file.worker.config, w1-config.yaml",
        "s1/control-plane/file.control-plane.marks, s1-marks.yaml",
        "w1/worker/file.worker.marks, w1-marks.yaml",
    })
    void filesOfTheSmallExample(String step, String golden) throws IOException {
        String text = file(Specs.small(), step);

        assertThat(text).isEqualTo(golden(golden));
        assertThat(ConfigYaml.render(ConfigYaml.parse(text))).isEqualTo(text);
    }

    @ParameterizedTest
    @CsvSource({
        "3.4.23, experimental-initial-corrupt-check, feature-gates",
        "3.4.23, enable-grpc-gateway, experimental-max-learners",
        "3.5.16, experimental-max-learners, max-learners",
        "3.5.16, experimental-compact-hash-check-enabled, feature-gates",
        "3.6.14, feature-gates, experimental-initial-corrupt-check",
        "3.6.14, max-learners, experimental-max-learners",
    })
    void etcdKeysFollowTheVersion(String version, String has, String hasNot) {
        var spec = Specs.read(Specs.SMALL.replace("3.5.16", version));

        assertThat(ConfigYaml.parse(file(spec, "e1/etcd/file.etcd.config")))
                .containsKey(has)
                .doesNotContainKey(hasNot);
    }

    /** Minor versions of K3s that docs/compatibility.md names. */
    static Stream<String> minors() {
        return IntStream.rangeClosed(21, 37).mapToObj(minor -> "v1." + minor + ".4+k3s1");
    }

    @ParameterizedTest
    @MethodSource("minors")
    void everyMinorVersionHasEachKeyThatIsWrittenAndNoneOfOursIsLeftOut(String version) {
        var keys = K3sKeys.standard();
        var spec = Specs.read(Specs.SMALL.replace("v1.34.1+k3s1", version));
        var ours = Specs.small();
        String server = "s1/control-plane/file.control-plane.config";
        String worker = "w1/worker/file.worker.config";

        assertThat(ConfigYaml.parse(file(spec, server)).keySet())
                .isEqualTo(ConfigYaml.parse(file(ours, server)).keySet())
                .allMatch(key -> keys.has(version, K3sKeys.Kind.SERVER, key));
        assertThat(ConfigYaml.parse(file(spec, worker)).keySet())
                .isEqualTo(ConfigYaml.parse(file(ours, worker)).keySet())
                .allMatch(key -> keys.has(version, K3sKeys.Kind.AGENT, key));
    }

    @ParameterizedTest
    @MethodSource("minors")
    void marksAndTheKeysOfAClusterWithoutNetworkAreThoseOfEveryMinorVersion(String version) {
        var keys = K3sKeys.standard();
        var spec =
                Specs.read(
                        Specs.SMALL
                                .replace("v1.34.1+k3s1", version)
                                .replace(
                                        "    cni: flannel\n    flannelBackend: vxlan\n",
                                        "    cni: none\n"));

        assertThat(
                        ConfigYaml.parse(file(spec, "s1/control-plane/file.control-plane.config"))
                                .keySet())
                .contains("flannel-backend", "disable-network-policy")
                .allMatch(key -> keys.has(version, K3sKeys.Kind.SERVER, key));
        assertThat(
                        ConfigYaml.parse(file(spec, "s1/control-plane/file.control-plane.marks"))
                                .keySet())
                .allMatch(key -> keys.has(version, K3sKeys.Kind.SERVER, key.replace("+", "")));
        assertThat(ConfigYaml.parse(file(spec, "w1/worker/file.worker.marks")).keySet())
                .allMatch(key -> keys.has(version, K3sKeys.Kind.AGENT, key.replace("+", "")));
    }

    @Test
    void withoutCniNetworkPolicyGoesTooAndAnEndpointNameIsUsedByWorkers() {
        var spec =
                Specs.read(
                        Specs.SMALL
                                .replace(
                                        "    cni: flannel\n    flannelBackend: vxlan\n",
                                        "    cni: none\n")
                                .replace(
                                        "  hosts:",
                                        "  endpoint: {names: [api.example.test]}\n  hosts:"));
        var server = ConfigYaml.parse(file(spec, "s1/control-plane/file.control-plane.config"));

        assertThat(server)
                .containsEntry("flannel-backend", "none")
                .containsEntry("disable-network-policy", true)
                .containsEntry("tls-san", List.of("api.example.test", "198.18.0.14"));
        assertThat(ConfigYaml.parse(file(spec, "w1/worker/file.worker.config")))
                .containsEntry("server", "https://api.example.test:6443");
    }

    @Test
    void aServerThatIsAWorkerTooHasNoTaintAndPassedThroughKeysReachBoth() {
        var spec =
                Specs.read(
                        Specs.SMALL
                                .replace("roles: [control-plane]", "roles: [control-plane, worker]")
                                .replace(
                                        "version: v1.34.1+k3s1",
                                        "version: v1.34.1+k3s1\n"
                                                + "    server: {disable: [traefik, servicelb]}\n"
                                                + "    agent: {kubelet-arg: [max-pods=50], debug:"
                                                + " true}"));
        Map<String, Object> server =
                ConfigYaml.parse(file(spec, "s1/control-plane/file.control-plane.config"));

        assertThat(file(spec, "w1/worker/file.worker.marks")).contains("disk=ssd");
        assertThat(new Bench(spec, 42).plan().steps())
                .extracting(Step::id)
                .doesNotContain("s1/control-plane/file.control-plane.marks");
        assertThat(server)
                .containsEntry("disable", List.of("traefik", "servicelb"))
                .containsEntry("kubelet-arg", List.of("max-pods=50"))
                .containsEntry("debug", true);
        assertThat(ConfigYaml.parse(file(spec, "w1/worker/file.worker.config")))
                .containsEntry("kubelet-arg", List.of("max-pods=50"))
                .doesNotContainKey("disable");
    }

    @ParameterizedTest
    @CsvSource({
        "e1/load-balancer/file.load-balancer.haproxy-config, e1-haproxy.cfg",
        "e1/load-balancer/file.load-balancer.keepalived-config, e1-keepalived.conf",
    })
    void filesOfTheHighlyAvailableExample(String step, String golden) throws IOException {
        assertThat(file(Specs.ha(), step)).isEqualTo(golden(golden));
    }

    @Test
    void registriesAreWrittenInK3sOwnWords() throws IOException {
        var spec =
                Specs.read(
                        Specs.SMALL
                                + """
                                  registries:
                                    mirrors:
                                      "*": {endpoint: ["https://mirror.example.test:5000"]}
                                      docker.io:
                                        endpoint: ["https://mirror.example.test:5000"]
                                        rewrite: {"^library/(.*)": "hub/$1"}
                                    configs:
                                      mirror.example.test:5000:
                                        tls: {ca_file: /etc/ssl/mirror.pem}
                                """);
        assertThat(file(spec, "w1/worker/file.worker.registries"))
                .isEqualTo(file(spec, "s1/control-plane/file.control-plane.registries"))
                .isEqualTo(golden("registries.yaml"));
    }
}
