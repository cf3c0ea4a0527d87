package io.davit.controller.release;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class VersionsTest {

    @ParameterizedTest
    @ValueSource(strings = {"v1.34.1+k3s1", "v1.21.2+k3s1", "v1.35.0-rc2+k3s1", "v1.36.4+k3s12"})
    void publishedFormsAreReadAndWrittenBack(String text) {
        assertThat(K3sVersion.parse(text)).map(K3sVersion::toString).contains(text);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "v1.34.1",
                "1.34.1+k3s1",
                "v1.34.1+k3s1-rc1",
                "stable",
                "v1.34.1+rke2r1",
                "v1.34.1+k3s1 "
            })
    void anythingElseIsNot(String text) {
        assertThat(K3sVersion.parse(text)).isEmpty();
    }

    @Test
    void theBuildNumberAndPreReleasesCount() {
        var sorted =
                List.of(
                        "v1.34.1-alpha1+k3s1",
                        "v1.34.1-rc1+k3s1",
                        "v1.34.1-rc2+k3s1",
                        "v1.34.1+k3s1",
                        "v1.34.1+k3s2",
                        "v1.34.10+k3s1",
                        "v1.35.0+k3s1");

        assertThat(
                        sorted.reversed().stream()
                                .map(v -> K3sVersion.parse(v).orElseThrow())
                                .sorted()
                                .map(K3sVersion::toString))
                .containsExactlyElementsOf(sorted);
    }

    @Test
    void etcdVersionsHaveThreeNumbers() {
        assertThat(EtcdVersion.parse("3.5.16")).map(EtcdVersion::toString).contains("3.5.16");
        assertThat(EtcdVersion.parse("3.5")).isEmpty();
        assertThat(EtcdVersion.parse("v3.5.16")).isEmpty();
        assertThat(EtcdVersion.parse("3.10.0").orElseThrow().atLeast(3, 6)).isTrue();
    }
}
