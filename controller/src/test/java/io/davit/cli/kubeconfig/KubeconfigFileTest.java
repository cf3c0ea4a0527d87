package io.davit.cli.kubeconfig;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.davit.cli.kubeconfig.KubeconfigFile.Content;
import io.davit.controller.disk.OpenFolder.LinkRefusedException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
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
        asUser(link).replace(old -> new Content<>("new", old));
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

    private static KubeconfigFile asUser(Path path) throws IOException {
        return KubeconfigFile.at(path, Optional.empty(), false);
    }

    private static KubeconfigFile asRoot(Path path) throws IOException {
        return KubeconfigFile.at(path, Optional.empty(), true);
    }

    @Test
    void rootReadsNoFileThroughALinkOfSomebodyElse() throws Exception {
        Path secret = Files.writeString(directory.resolve("secret"), "secret");
        Path folder = open(Files.createDirectory(directory.resolve("theirs")));
        Path link = Files.createSymbolicLink(folder.resolve("config"), secret);

        assertThatThrownBy(() -> asRoot(link).look())
                .isInstanceOf(LinkRefusedException.class)
                .hasMessageContaining(link + " is a link");
        assertThatThrownBy(() -> asRoot(link).replace(old -> new Content<>("new", old)))
                .isInstanceOf(LinkRefusedException.class);

        assertThat(secret).hasContent("secret");
        try (var files = Files.list(folder)) {
            assertThat(files).containsExactly(link);
        }
    }

    @Test
    void rootWritesIntoNoFolderThroughALinkOfSomebodyElse() throws Exception {
        Path elsewhere = Files.createDirectory(directory.resolve("elsewhere"));
        Path home = open(Files.createDirectory(directory.resolve("home")));
        Path link = Files.createSymbolicLink(home.resolve(".kube"), elsewhere);

        assertThatThrownBy(() ->
                        asRoot(link.resolve("config")).replace(old -> new Content<>("new", old)))
                .isInstanceOf(LinkRefusedException.class)
                .hasMessageContaining(link + " is a link");

        try (var files = Files.list(elsewhere)) {
            assertThat(files).isEmpty();
        }
    }

    @Test
    void rootReplacesALinkInThePlaceOfTheBackupAndFollowsNone() throws Exception {
        Path victim = Files.writeString(directory.resolve("victim"), "mine");
        Path folder = open(Files.createDirectory(directory.resolve("theirs")));
        Path file = Files.writeString(folder.resolve("config"), "old");
        Path backup = Files.createSymbolicLink(folder.resolve("config.bak"), victim);
        Path lock = Files.createSymbolicLink(folder.resolve("config.lock"), Path.of("nowhere"));

        assertThatThrownBy(() -> asRoot(file).replace(old -> new Content<>("new", old)))
                .isInstanceOf(KubeconfigFile.LockedException.class);
        Files.delete(lock);
        asRoot(file).replace(old -> new Content<>("new", old));

        assertThat(victim).hasContent("mine");
        assertThat(backup).isRegularFile().hasContent("old");
        assertThat(Files.isSymbolicLink(backup)).isFalse();
        assertThat(folder.resolve("nowhere")).doesNotExist();
    }

    private static Path open(Path folder) throws IOException {
        return Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwxrwxrwx"));
    }

    @Test
    void theLockStandsBesideTheNameThatKubectlIsGiven() throws Exception {
        Path real = Files.createDirectory(directory.resolve("dotfiles")).resolve("kube");
        Files.writeString(real, "old");
        Path link = Files.createSymbolicLink(directory.resolve("config"), real);

        asUser(link)
                .replace(old -> {
                    assertThat(directory.resolve("config.lock")).exists();
                    return new Content<>("new", old);
                });

        assertThat(directory.resolve("config.lock")).doesNotExist();
    }

    /** Holds the lock until it is ended. */
    static final class Stuck {
        public static void main(String[] arguments) throws Exception {
            KubeconfigFile.at(Path.of(arguments[0]), Optional.empty())
                    .replace(old -> {
                        System.out.println("locked");
                        try {
                            Thread.sleep(Long.MAX_VALUE);
                        } catch (InterruptedException e) {
                            Thread.currentThread().interrupt();
                        }
                        return new Content<>("new", old);
                    });
        }
    }

    @Test
    void aProcessThatIsToldToEndLeavesNoLock() throws Exception {
        Path file = Files.writeString(directory.resolve("config"), "old");
        var process =
                new ProcessBuilder(
                                Path.of(System.getProperty("java.home"), "bin/java").toString(),
                                "-cp",
                                System.getProperty("java.class.path"),
                                Stuck.class.getName(),
                                file.toString())
                        .redirectError(ProcessBuilder.Redirect.INHERIT)
                        .start();
        try (var out = process.inputReader()) {
            assertThat(out.readLine()).isEqualTo("locked");
            assertThat(directory.resolve("config.lock")).exists();

            process.destroy();

            assertThat(process.waitFor(30, TimeUnit.SECONDS)).isTrue();
            assertThat(directory.resolve("config.lock")).doesNotExist();
            assertThat(file).hasContent("old");
        } finally {
            process.destroyForcibly();
        }
    }
}
