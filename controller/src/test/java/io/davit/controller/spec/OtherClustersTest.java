package io.davit.controller.spec;

import static org.assertj.core.api.Assertions.assertThat;

import io.davit.common.K3sKeys;
import io.davit.controller.Specs;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;

class OtherClustersTest {

    private static ReadSpec read(String yaml) {
        return new SpecReader(K3sKeys.standard()).read(yaml.getBytes(StandardCharsets.UTF_8));
    }

    private static List<String> problems(String yaml) {
        return OtherClusters.problems(read(yaml), List.of(Specs.ha().cluster())).stream()
                .map(p -> p.path() + " " + p.code() + " " + p.message())
                .toList();
    }

    private static String elsewhere(String virtualIp) {
        return Specs.HA
                .replace("name: ha", "name: other")
                .replace("198.18.0.1", "198.18.1.1")
                .replace("198.18.1.100", "198.18.1.99")
                .replace("virtualIp: 198.18.1.100", "virtualIp: " + virtualIp)
                .replace("virtualIp: 198.18.1.99", "virtualIp: " + virtualIp);
    }

    @Test
    void twoClustersThatShareNothingAndACluserItselfAreFine() {
        assertThat(problems(elsewhere("198.18.1.200"))).isEmpty();
        assertThat(problems(Specs.HA)).isEmpty();
    }

    @Test
    void aVirtualIpStandsForOneCluster() {
        assertThat(problems(elsewhere("198.18.0.100")))
                .containsExactly(
                        "endpoint.virtualIp other-cluster 198.18.0.100 is the virtual IP of cluster"
                                + " ha");
        assertThat(problems(elsewhere("198.18.0.14")))
                .containsExactly(
                        "endpoint.virtualIp other-cluster 198.18.0.14 is host s1 of cluster ha");
    }

    @Test
    void aHostIsInOneCluster() {
        assertThat(problems(elsewhere("198.18.1.200").replace("198.18.1.17", "198.18.0.17")))
                .containsExactly(
                        "hosts[6].address other-cluster 198.18.0.17 is host w1 of cluster ha");
        assertThat(problems(elsewhere("198.18.1.200").replace("198.18.1.17", "198.18.0.100")))
                .containsExactly(
                        "hosts[6].address other-cluster 198.18.0.100 is the virtual IP of cluster"
                                + " ha");
    }
}
