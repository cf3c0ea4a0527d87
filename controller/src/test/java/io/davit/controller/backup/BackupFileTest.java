package io.davit.controller.backup;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.davit.common.AtomicFiles;
import io.davit.common.Secret;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class BackupFileTest {

    private static final String WORDS = "correct horse battery staple";

    @TempDir Path directory;
    private Path file = Path.of("");
    private final byte[] state = new byte[200_000];

    @BeforeEach
    void write() throws IOException {
        new Random(1).nextBytes(state);
        Path first = Files.writeString(directory.resolve("first"), "hello");
        Path second = Files.write(directory.resolve("second"), state);
        file = directory.resolve("davit.backup");
        BackupFile.write(
                file,
                passphrase(WORDS),
                List.of(
                        new BackupFile.Stored("first", first),
                        new BackupFile.Stored("second", second)),
                new SecureRandom());
    }

    private static Passphrase passphrase(String words) {
        return Passphrase.of(Secret.ofText(words));
    }

    private static Map<String, byte[]> read(Path file, String words) throws IOException {
        var found = new LinkedHashMap<String, byte[]>();
        BackupFile.read(
                file,
                passphrase(words),
                (name, content) -> found.put(name, content.readAllBytes()));
        return found;
    }

    @Test
    void whatWentInComesOutInOrder() throws IOException {
        var found = read(file, WORDS);

        assertThat(found.keySet()).containsExactly("first", "second");
        assertThat(found.get("first")).isEqualTo("hello".getBytes(UTF_8));
        assertThat(found.get("second")).isEqualTo(state);
    }

    @Test
    void itIsForItsOwnerAloneAndNeverOverwritten() throws IOException {
        assertThat(Files.getPosixFilePermissions(file)).isEqualTo(AtomicFiles.permissions(0600));
        byte[] before = Files.readAllBytes(file);

        assertThatThrownBy(() ->
                        BackupFile.write(file, passphrase(WORDS), List.of(), new SecureRandom()))
                .hasMessageContaining(file + ": it exists");
        assertThat(Files.readAllBytes(file)).isEqualTo(before);
        assertThat(directory.toFile().list())
                .containsExactlyInAnyOrder("davit.backup", "first", "second");
    }

    @Test
    void anotherPassphraseDoesNotOpenIt() {
        assertThatThrownBy(() -> read(file, "correct horse battery stable"))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("the passphrase is not the one it was made with");
    }

    @Test
    void damageAtAnyPartIsAnError() throws IOException {
        byte[] whole = Files.readAllBytes(file);
        var random = new Random(2);
        for (int i = 0; i < 60; i++) {
            int at =
                    i < 30
                            ? i * 2
                            : i < 50
                                    ? random.nextInt(whole.length)
                                    : whole.length - 1 - (i - 50) * 2;
            byte[] damaged = whole.clone();
            damaged[at] ^= (byte) (1 << random.nextInt(8));
            Path other = Files.write(directory.resolve("damaged"), damaged);
            assertThatThrownBy(() -> read(other, WORDS))
                    .as("byte %d", at)
                    .isInstanceOf(IOException.class)
                    .hasMessageMatching("cannot (read|open) backup .*(?s:.*)");
        }
    }

    @Test
    void aCutOrLengthenedFileIsAnError() throws IOException {
        byte[] whole = Files.readAllBytes(file);
        for (int length :
                new int[] {0, 1, 10, 40, 100, 70_000, whole.length - 22, whole.length - 1}) {
            Path cut = Files.write(directory.resolve("cut"), Arrays.copyOf(whole, length));
            assertThatThrownBy(() -> read(cut, WORDS))
                    .as("%d bytes", length)
                    .isInstanceOf(IOException.class);
        }
        Path longer =
                Files.write(directory.resolve("longer"), Arrays.copyOf(whole, whole.length + 1));
        assertThatThrownBy(() -> read(longer, WORDS)).isInstanceOf(IOException.class);
    }

    @Test
    void gpgAndTarOpenIt() throws Exception {
        assumeTrue(Files.isExecutable(Path.of("/usr/bin/gpg")), "no gpg here");
        Path home = Files.createDirectory(directory.resolve("home"));
        Files.setPosixFilePermissions(home, AtomicFiles.permissions(0700));
        Path words = Files.writeString(directory.resolve("words"), WORDS + "\n");
        Path tar = directory.resolve("out.tar");
        try {
            run(
                    "gpg",
                    "--homedir",
                    home.toString(),
                    "--batch",
                    "--pinentry-mode",
                    "loopback",
                    "--passphrase-file",
                    words.toString(),
                    "--output",
                    tar.toString(),
                    "--decrypt",
                    file.toString());
        } finally {
            run("gpgconf", "--homedir", home.toString(), "--kill", "gpg-agent");
        }
        assertThat(run("tar", "tf", tar.toString()).lines()).containsExactly("first", "second");
        assertThat(run("tar", "xOf", tar.toString(), "first")).isEqualTo("hello");
    }

    private static String run(String... command) throws Exception {
        var process = new ProcessBuilder(command).redirectErrorStream(true).start();
        try (InputStream out = process.getInputStream()) {
            String said = new String(out.readAllBytes(), UTF_8);
            assertThat(process.waitFor(30, TimeUnit.SECONDS)).isTrue();
            assertThat(process.exitValue()).as(said).isZero();
            return said;
        }
    }

    @Test
    void aPassphraseIsLongAndItsFilePrivate() throws IOException {
        assertThatThrownBy(() -> passphrase("short")).hasMessageContaining("at least 12");
        Path words = Files.writeString(directory.resolve("words"), WORDS + "\nsecond line\n");
        Files.setPosixFilePermissions(words, AtomicFiles.permissions(0640));
        assertThatThrownBy(() -> Passphrase.read(words)).hasMessageContaining("chmod 0600");
        Files.setPosixFilePermissions(words, AtomicFiles.permissions(0600));
        assertThat(new String(Passphrase.read(words).characters())).isEqualTo(WORDS);
    }
}
