package io.davit.agent.upgrade;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Map;
import org.apache.commons.compress.archivers.tar.TarConstants;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class BuildReaderTest {

    @TempDir Path directory;

    private final TestBuild build = new TestBuild("0.2.0");

    private Path unpack(TestBuild.More more) throws IOException {
        Path archive = Files.write(directory.resolve("a.tar.gz"), build.archive(more));
        Path into = Files.createTempDirectory(directory, "into");
        BuildReader.unpack(archive, into);
        return into;
    }

    private void verify(Path tree) throws IOException {
        BuildReader.verify(tree, "0.2.0", build.build());
    }

    @Test
    void aBuildIsUnpackedWithModesAndTimesAndIsWhatItSays() throws IOException {
        Path tree = unpack(_ -> {});
        verify(tree);
        assertThat(mode(tree.resolve("bin/davit-agent"))).isEqualTo("rwxr-xr-x");
        assertThat(mode(tree.resolve("lib/davit-agent.jar"))).isEqualTo("rw-r--r--");
        assertThat(Files.getLastModifiedTime(tree.resolve("lib/agent.aot")).toMillis())
                .as("a recorded start is used only while no jar is newer")
                .isEqualTo(1_767_225_600_000L);
    }

    private static String mode(Path file) throws IOException {
        return PosixFilePermissions.toString(Files.getPosixFilePermissions(file));
    }

    @Test
    void whatNoBuildHasIsRefusedWhole() {
        for (var bad :
                Map.<String, TestBuild.More>of(
                                "a link with the name of a directory",
                                tar ->
                                        TestBuild.link(
                                                tar,
                                                "runtime/legal/",
                                                TarConstants.LF_SYMLINK,
                                                "/etc"),
                                "leads outside or is unknown",
                                tar -> TestBuild.file(tar, "../evil", "x", 0644),
                                "absolute",
                                tar -> TestBuild.file(tar, "/etc/passwd", "x", 0644),
                                "another program",
                                tar -> TestBuild.file(tar, "bin/other", "x", 0755),
                                "dots below the runtime",
                                tar -> TestBuild.file(tar, "runtime/../x", "x", 0644),
                                "a link",
                                tar ->
                                        TestBuild.link(
                                                tar,
                                                "runtime/link",
                                                TarConstants.LF_SYMLINK,
                                                "/etc/shadow"),
                                "a hard link",
                                tar ->
                                        TestBuild.link(
                                                tar,
                                                "lib/x.jar",
                                                TarConstants.LF_LINK,
                                                "lib/davit-agent.jar"),
                                "a pipe",
                                tar -> TestBuild.link(tar, "runtime/p", TarConstants.LF_FIFO, ""),
                                "setuid",
                                tar -> TestBuild.file(tar, "runtime/su", "x", 04755),
                                "twice",
                                tar -> TestBuild.file(tar, "VERSION", "x", 0644))
                        .entrySet()) {
            assertThatThrownBy(() -> unpack(bad.getValue()))
                    .as(bad.getKey())
                    .isInstanceOf(IOException.class);
        }
    }

    @Test
    void aFileThatItsListDoesNotNameOrThatDiffersIsFound() throws IOException {
        Path tree = unpack(tar -> TestBuild.file(tar, "lib/more.jar", "x", 0644));
        assertThatThrownBy(() -> verify(tree)).hasMessageContaining("lib/more.jar more");
        Files.delete(tree.resolve("lib/more.jar"));
        verify(tree);
        Files.writeString(tree.resolve("runtime/bin/java"), "jawa");
        assertThatThrownBy(() -> verify(tree)).hasMessageContaining("runtime/bin/java");
        Files.delete(tree.resolve("runtime/bin/java"));
        assertThatThrownBy(() -> verify(tree)).hasMessageContaining("missing");
    }

    @Test
    void anotherBuildOrVersionThanWasOrderedIsFound() throws IOException {
        Path tree = unpack(_ -> {});
        assertThatThrownBy(() -> BuildReader.verify(tree, "0.2.0", "0.2.0-0123456789ab"))
                .hasMessageContaining("it is build " + build.build());
        build.files.put("VERSION", "0.1.9\n");
        build.seal();
        Path other = unpack(_ -> {});
        assertThatThrownBy(() -> verify(other)).hasMessageContaining("its VERSION is 0.1.9");
    }
}
