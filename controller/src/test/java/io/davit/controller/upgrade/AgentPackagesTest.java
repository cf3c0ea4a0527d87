package io.davit.controller.upgrade;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.davit.common.Digests;
import io.davit.common.Secret;
import io.davit.controller.audit.Actor;
import io.davit.controller.audit.AuditTrail;
import io.davit.controller.audit.Changes;
import io.davit.controller.store.InMemoryStore;
import io.davit.controller.store.Records;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AgentPackagesTest {

    private static final Actor ROOT = new Actor("root", "", "");

    @TempDir Path directory;

    private final InMemoryStore store = new InMemoryStore();
    private final Records records = new Records(store);
    private final Changes changes = new Changes(store, Secret.of(new byte[32]), Clock.systemUTC());

    private AgentPackages packages() {
        return new AgentPackages(
                directory.resolve("own"), directory.resolve("imported"), changes, records);
    }

    private String lay(TestPackage some) throws IOException {
        Path file = some.write(directory.resolve("imported"));
        String sha256 = Digests.sha256Hex(file);
        Files.move(file, file.resolveSibling(sha256 + ".tar.gz"));
        return sha256;
    }

    @Test
    void whatCameWithTheControllerIsThereWithVersionBuildAndArchitecture() throws IOException {
        var own = TestPackage.amd64("0.2.0", "a");
        Path file = own.write(directory.resolve("own"));
        var found = packages().all().getFirst();
        assertThat(found.version()).isEqualTo("0.2.0");
        assertThat(found.build()).isEqualTo(own.build());
        assertThat(found.arch()).isEqualTo("amd64");
        assertThat(found.own()).isTrue();
        assertThat(packages().file(found.sha256())).contains(file);
    }

    @Test
    void whatRootLaysGoesNowhereElseWhenItsFolderIsReplacedByALinkMeanwhile() throws IOException {
        Path state = Files.createDirectory(directory.resolve("state"));
        Path elsewhere = Files.createDirectory(directory.resolve("elsewhere"));
        Path held = directory.resolve("held");
        var content =
                new InputStream() {
                    private int left = 10;

                    @Override
                    public int read() throws IOException {
                        if (left == 5) {
                            Files.move(state.resolve("agents"), held);
                            Files.createSymbolicLink(state.resolve("agents"), elsewhere);
                        }
                        return left-- > 0 ? 'x' : -1;
                    }
                };
        AgentPackages.lay(state, "ab".repeat(32), 10, content);
        assertThat(held.resolve("ab".repeat(32) + ".tar.gz")).hasContent("x".repeat(10));
        assertThat(elsewhere).isEmptyDirectory();
    }

    @Test
    void whatDoesNotFitIsNotLaid() throws IOException {
        Path state = Files.createDirectory(directory.resolve("state"));
        assertThatThrownBy(() ->
                        AgentPackages.lay(state, "ab", 1L << 60, InputStream.nullInputStream()))
                .hasMessageContaining("MiB are free");
        assertThat(state).isEmptyDirectory();
    }

    @Test
    void whatRootLaysIsThereOnceItIsTakenAndRecorded() throws IOException {
        String sha256 = lay(new TestPackage("0.2.0", "b", TestPackage.ARM64));
        assertThat(packages().all()).as("not taken yet").isEmpty();
        assertThat(packages().file(sha256)).isEmpty();
        assertThat(packages().take(ROOT, sha256).arch()).isEqualTo("arm64");
        assertThat(packages().all()).extracting(AgentPackage::sha256).containsExactly(sha256);
        assertThat(packages().file(sha256)).isPresent();
        assertThat(new AuditTrail(records).newest(1).getFirst().method())
                .isEqualTo("davit.operator.v1.Local/ImportAgent");
    }

    @Test
    void whatIsNoAgentOrIsNotWhatItsNameSaysIsRefused() throws IOException {
        Files.createDirectories(directory.resolve("imported"));
        assertThatThrownBy(() -> packages().take(ROOT, "0".repeat(64)))
                .hasMessageContaining("it is not in");
        Files.writeString(
                directory.resolve("imported").resolve("1".repeat(64) + ".tar.gz"), "nothing");
        assertThatThrownBy(() -> packages().take(ROOT, "1".repeat(64)))
                .hasMessageContaining("cannot import an agent");
        Files.move(
                TestPackage.amd64("0.2.0", "c").write(directory.resolve("imported")),
                directory.resolve("imported").resolve("2".repeat(64) + ".tar.gz"));
        assertThatThrownBy(() -> packages().take(ROOT, "2".repeat(64)))
                .hasMessageContaining("its SHA-256 is");
        for (var bad :
                List.of(TestPackage.amd64("next", "d"), new TestPackage("0.2.0", "e", 0x28))) {
            String sha256 = lay(bad);
            assertThatThrownBy(() -> packages().take(ROOT, sha256))
                    .as(bad.toString())
                    .hasMessageContaining("cannot import an agent");
        }
        assertThat(packages().all()).isEmpty();
    }

    @Test
    void aPinnedPackageWhoseFileIsGoneIsNotOffered() throws IOException {
        String sha256 = lay(TestPackage.amd64("0.2.0", "f"));
        packages().take(ROOT, sha256);
        Files.delete(directory.resolve("imported").resolve(sha256 + ".tar.gz"));
        assertThat(packages().all()).isEmpty();
        assertThat(packages().file(sha256)).isEmpty();
    }
}
