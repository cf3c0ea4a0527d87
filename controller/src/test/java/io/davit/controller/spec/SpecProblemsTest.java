package io.davit.controller.spec;

import static org.assertj.core.api.Assertions.assertThat;

import io.davit.common.K3sKeys;
import io.davit.controller.BadSpecs;
import io.davit.controller.Specs;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/**
 * A table of bad specs, {@code bad-specs.txt}: each is the small example with one or more
 * replacements, and the exact problems that it gives: {@code line:column path code | message |
 * remedy}.
 */
class SpecProblemsTest {

    private static ReadSpec read(String yaml) {
        return read(yaml, FakeVersions.away());
    }

    private static ReadSpec read(String yaml, DefaultVersions versions) {
        return new SpecReader(K3sKeys.standard())
                .read(yaml.getBytes(StandardCharsets.UTF_8), versions);
    }

    @TestFactory
    Stream<DynamicTest> eachBadSpecGivesExactlyItsProblems() throws IOException {
        var cases = BadSpecs.all();
        System.out.printf("spec: %d bad specs%n", cases.size());
        return cases.stream()
                .map(c ->
                        DynamicTest.dynamicTest(
                                c.name(),
                                () ->
                                        assertThat(
                                                        read(c.yaml()).problems().stream()
                                                                .map(SpecProblemsTest::show)
                                                                .toList())
                                                .containsExactlyElementsOf(c.problems())));
    }

    private static String show(Problem p) {
        return "%d:%d %s %s | %s | %s"
                .formatted(p.line(), p.column(), p.path(), p.code(), p.message(), p.remedy());
    }

    @Test
    void theExampleIsValidAndEveryDefaultIsFilledIn() {
        var spec = Specs.small().cluster();

        assertThat(spec.hosts()).hasSize(6);
        assertThat(spec.hosts().get(4).labels()).containsEntry("disk", "ssd");
        assertThat(spec.network().clusterCidrs()).containsExactly("198.19.0.0/17");
        var bare = Specs.read(Specs.SMALL.replaceAll("(?s)  network:.*  hosts:", "  hosts:"));
        assertThat(bare.cluster().network()).isEqualTo(NetworkReader.DEFAULT);
    }

    @Test
    void versionsThatAreLeftOutAreTheGivenOnesWithTheirReasons() {
        String bare = Specs.SMALL.replaceAll("(?s)  k3s:.*  network:", "  network:");
        var read = read(bare, FakeVersions.stable("v1.34.2+k3s1"));

        var spec = read.spec().orElseThrow().cluster();
        assertThat(spec.k3sVersion().toString()).isEqualTo("v1.34.2+k3s1");
        assertThat(spec.etcdVersion().toString()).isEqualTo("3.6.14");
        assertThat(read.notes())
                .isEqualTo(
                        new VersionNotes(
                                "newest stable on a day", "goes with K3s v1.34.2+k3s1", List.of()));
        var empty = bare.replace("  network:", "  k3s:\n  etcd: {}\n  network:");
        assertThat(read(empty, FakeVersions.stable("v1.34.2+k3s1")).spec()).isEqualTo(read.spec());
    }

    @Test
    void whatTheFileNamesIsNotAskedForAndAnOldEtcdIsOnlyWarnedOf() {
        var read = read(Specs.SMALL, FakeVersions.stable("v1.34.2+k3s1"));
        assertThat(read.spec()).contains(Specs.small());
        assertThat(read.notes())
                .isEqualTo(new VersionNotes("", "", List.of("etcd 3.5.16 is a little old")));
    }

    @Test
    void aVersionOfWhichNobodyCanTellIsTaken() {
        var read = read(Specs.SMALL.replace("v1.34.1", "v1.34.9"), DefaultVersions.NONE);
        assertThat(read.problems()).isEmpty();
    }

    @Test
    void aHugeOrDeepOrUnreadableFileIsRefusedAtOnce() {
        assertThat(new SpecReader(K3sKeys.standard()).read(new byte[(1 << 20) + 1]).problems())
                .extracting(Problem::code)
                .containsExactly("too-large");
        assertThat(read("a: " + "[".repeat(60) + "]".repeat(60)).problems())
                .extracting(Problem::code)
                .containsExactly("too-deep");
        assertThat(new SpecReader(K3sKeys.standard()).read(new byte[] {(byte) 0xff}).problems())
                .extracting(Problem::code)
                .containsExactly("yaml-syntax");
        assertThat(read("").problems()).extracting(Problem::code).containsExactly("missing");
        assertThat(read("a: \u0007").problems())
                .extracting(Problem::code)
                .containsExactly("yaml-syntax");
    }

    @Test
    void passthroughKeysHoldForTheirVersion() {
        String with =
                Specs.SMALL.replace(
                        "version: v1.34.1+k3s1",
                        "version: v1.34.1+k3s1\n    server: {supervisor-metrics: true}");
        assertThat(read(with).problems()).isEmpty();
        assertThat(read(with.replace("v1.34.1", "v1.21.2")).problems())
                .extracting(Problem::code)
                .containsExactly("unknown-k3s-key");
    }
}
