package io.davit.cli.kubeconfig;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.davit.cli.kubeconfig.KubeconfigFile.Content;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class KubeconfigFileTest {

    @TempDir private Path directory;

    private static String replace(Path path, String text) throws Exception {
        return KubeconfigFile.at(path, Optional.empty())
                .replace(existing -> new Content<>(text, existing));
    }

    private static String mode(Path path) throws IOException {
        return PosixFilePermissions.toString(Files.getPosixFilePermissions(path));
    }

    @Test
    void aNewFileAndItsFolderAreTheOwnersAlone() throws Exception {
        Path file = directory.resolve(".kube/config");
        assertThat(replace(file, "a")).isEmpty();
        assertThat(Files.readString(file)).isEqualTo("a");
        assertThat(mode(file)).isEqualTo("rw-------");
        assertThat(mode(directory.resolve(".kube"))).isEqualTo("rwx------");
        assertThat(directory.resolve(".kube/config.bak")).doesNotExist();
    }

    @Test
    void whatWasThereStaysBesideItAndIsPrivateToo() throws Exception {
        Path file = directory.resolve("config");
        Files.writeString(file, "old");
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-r--r--"));
        assertThat(replace(file, "new")).isEqualTo("old");
        assertThat(Files.readString(file)).isEqualTo("new");
        assertThat(mode(file)).isEqualTo("rw-------");
        Path backup = directory.resolve("config.bak");
        assertThat(Files.readString(backup)).isEqualTo("old");
        assertThat(mode(backup)).isEqualTo("rw-------");
        try (var files = Files.list(directory)) {
            assertThat(files).hasSize(2);
        }
    }

    @Test
    void aLinkStaysALink() throws Exception {
        Path real = Files.createDirectory(directory.resolve("dotfiles")).resolve("kube");
        Files.writeString(real, "old");
        Path link = directory.resolve("config");
        Files.createSymbolicLink(link, Path.of("dotfiles/kube"));
        replace(link, "new");
        assertThat(link).isSymbolicLink();
        assertThat(Files.readString(real)).isEqualTo("new");
    }

    @Test
    void anotherWriterIsNotDisturbed() throws Exception {
        Path file = directory.resolve("config");
        Files.writeString(file, "old");
        Path lock = Files.createFile(directory.resolve("config.lock"));
        assertThatThrownBy(() -> replace(file, "new"))
                .isInstanceOf(KubeconfigFile.LockedException.class);
        assertThat(Files.readString(file)).isEqualTo("old");
        assertThat(lock).exists();
    }

    @Test
    void aRefusalChangesNothingAndUnlocks() throws Exception {
        Path file = directory.resolve("config");
        Files.write(file, new byte[] {(byte) 0xff, 'a'});
        assertThatThrownBy(() -> replace(file, "new"))
                .isInstanceOf(UnreadableKubeconfigException.class);
        assertThat(Files.readAllBytes(file)).containsExactly(0xff, 'a');
        try (var files = Files.list(directory)) {
            assertThat(files).hasSize(1);
        }
    }
}
