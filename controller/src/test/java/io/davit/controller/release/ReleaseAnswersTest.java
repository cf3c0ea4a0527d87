package io.davit.controller.release;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.davit.controller.release.ReleaseAnswers.BadAnswerException;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class ReleaseAnswersTest {

    private final ReleaseAnswers answers = new ReleaseAnswers();

    static K3sVersion k3s(String text) {
        return K3sVersion.parse(text).orElseThrow();
    }

    @Test
    void channelsWithoutAReleaseOrWithAnotherWordAreLeftOut() throws Exception {
        var known =
                answers.channels(
                        """
                        {"type":"collection","links":{"self":"x"},"actions":{},"data":[
                         {"id":"stable","type":"channel","name":"stable","latest":"v1.34.1+k3s1"},
                         {"id":"latest","name":"latest","latest":"v1.35.0+k3s1","latestRegexp":".*"},
                         {"id":"testing","name":"testing","latest":"v1.36.0-rc2+k3s1"},
                         {"id":"v1.16","name":"v1.16","latestRegexp":"v1\\\\.16\\\\..*"},
                         {"id":"odd","name":"odd","latest":"stable"},
                         {"id":"number","name":"number","latest":134},
                         {"id":"bad","name":"b a\\nd","latest":"v1.34.1+k3s1"}]}
                        """);
        assertThat(known.channels())
                .isEqualTo(
                        Map.of(
                                "stable", k3s("v1.34.1+k3s1"),
                                "latest", k3s("v1.35.0+k3s1"),
                                "testing", k3s("v1.36.0-rc2+k3s1")));
        assertThat(known.stable()).contains(k3s("v1.34.1+k3s1"));
        assertThat(known.newest()).contains(k3s("v1.35.0+k3s1"));
        assertThat(known.has(k3s("v1.36.0-rc2+k3s1"))).isTrue();
    }

    @Test
    void draftsAndOtherTagsAreNoReleasesAndPreReleasesAreNotOffered() throws Exception {
        var known =
                answers.page(
                        """
                        [{"tag_name":"v1.34.1+k3s1","draft":false,"prerelease":false,"assets":[{}]},
                         {"tag_name":"v1.34.2+k3s1","draft":true,"prerelease":false},
                         {"tag_name":"v1.34.3+k3s1","draft":false,"prerelease":true},
                         {"tag_name":"v1.35.0-rc1+k3s1"},
                         {"tag_name":"v1.34.1"}, {"name":"x"}, 7]
                        """);
        assertThat(known.versions()).containsExactly(k3s("v1.34.1+k3s1"));
        assertThat(known.preReleases())
                .containsExactly(k3s("v1.34.3+k3s1"), k3s("v1.35.0-rc1+k3s1"));
    }

    @Test
    void whatIsNoSuchAnswerIsRefused() {
        for (String text :
                List.of(
                        "",
                        "<html>",
                        "{\"data\":[{\"name\":\"stable\"",
                        "{\"data\":{}}",
                        "{\"data\":[]}",
                        "{\"data\":[{\"name\":\"stable\",\"latest\":\"soon\"}]}",
                        "[".repeat(5_000))) {
            assertThatThrownBy(() -> answers.channels(text))
                    .as(text)
                    .isInstanceOf(BadAnswerException.class);
        }
        for (String text : List.of("", "{\"message\":\"rate limit\"}", "[{]")) {
            assertThatThrownBy(() -> answers.page(text))
                    .as(text)
                    .isInstanceOf(BadAnswerException.class);
        }
    }

    @Test
    void theNearestAreOfTheSameMinorThenOfTheNextOnes() {
        var known =
                KnownReleases.of(
                        Map.of(),
                        List.of(
                                k3s("v1.32.9+k3s1"),
                                k3s("v1.33.5+k3s1"),
                                k3s("v1.34.1+k3s1"),
                                k3s("v1.34.1+k3s2"),
                                k3s("v1.34.6+k3s1"),
                                k3s("v1.35.0+k3s1"),
                                k3s("v1.34.4-rc1+k3s1")));
        assertThat(known.nearest(k3s("v1.34.2+k3s1"), 3))
                .containsExactly(k3s("v1.34.1+k3s2"), k3s("v1.34.1+k3s1"), k3s("v1.34.6+k3s1"));
        assertThat(known.nearest(k3s("v1.36.0+k3s1"), 1)).containsExactly(k3s("v1.35.0+k3s1"));
        assertThat(known.newestPerMinor().firstKey()).isEqualTo(new K3sMinor(1, 35));
    }
}
