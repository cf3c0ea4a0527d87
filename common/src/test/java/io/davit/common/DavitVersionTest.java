package io.davit.common;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

final class DavitVersionTest {

    private static DavitVersion version(String text) {
        return DavitVersion.parse(text).orElseThrow();
    }

    @Test
    void versionsSortAsTheyFollowOneAnother() {
        var sorted =
                Stream.of("0.10.0", "0.2.0", "0.2.1", "0.2.0-rc.1", "1.0.0", "0.2.0-SNAPSHOT")
                        .map(DavitVersionTest::version)
                        .sorted()
                        .map(DavitVersion::toString)
                        .toList();
        assertThat(sorted)
                .containsExactly(
                        "0.2.0-SNAPSHOT", "0.2.0-rc.1", "0.2.0", "0.2.1", "0.10.0", "1.0.0");
    }

    @Test
    void oneMinorVersionApartWorksTogetherAndTwoDoNot() {
        assertThat(version("0.2.0").worksWith(version("0.1.9"))).isTrue();
        assertThat(version("0.2.0").worksWith(version("0.3.0-rc.1"))).isTrue();
        assertThat(version("0.2.0").worksWith(version("0.4.0"))).isFalse();
        assertThat(version("0.2.0").worksWith(version("1.2.0"))).isFalse();
    }

    @Test
    void whatIsNoVersionIsNone() {
        for (String text : List.of("", "test", "1.2", "1.2.3-", "1.2.3-a/b", "v1.2.3", "1.2.3 ")) {
            assertThat(DavitVersion.parse(text)).as(text).isEmpty();
        }
    }

    @Test
    void aBuildIsAFoldersNameAndNothingElse() {
        assertThat(DavitVersion.build("0.2.0-SNAPSHOT", "0123456789abcdef"))
                .isEqualTo("0.2.0-SNAPSHOT-0123456789ab")
                .satisfies(build -> assertThat(DavitVersion.isBuild(build)).isTrue());
        for (String name : List.of("", "..", "current", "0.2.0/../x-0123456789ab", "0.2.0-0123")) {
            assertThat(DavitVersion.isBuild(name)).as(name).isFalse();
        }
    }
}
