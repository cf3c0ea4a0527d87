package io.davit.controller.snapshot;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.davit.common.AtomicFiles;
import io.davit.common.Secret;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SealedFileTest {

    private static final int CHUNK = 64 << 10;
    private static final int SEALED = CHUNK + 16;
    private static final int HEAD = 15;
    private static final Secret KEY = Secret.of(new byte[32]);
    private static final String NAME = "20261123-160501-k7qm";

    @TempDir Path directory;

    private Path sealed(byte[] content, int piece) throws IOException {
        Path file = directory.resolve("sealed-" + content.length + "-" + piece);
        try (var writer = SealedFile.Writer.create(file, KEY, NAME)) {
            for (int at = 0; at < content.length; at += piece) {
                writer.write(Arrays.copyOfRange(content, at, Math.min(content.length, at + piece)));
            }
            writer.finish();
        }
        return file;
    }

    private static byte[] random(int length) {
        byte[] content = new byte[length];
        new Random(length).nextBytes(content);
        return content;
    }

    private static byte[] opened(Path file) throws IOException {
        try (var in = SealedFile.open(Files.newInputStream(file), file, KEY, NAME)) {
            return in.readAllBytes();
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 3 * CHUNK, 3 * CHUNK + 7})
    void whatWentInComesOutWhateverThePieces(int length) throws IOException {
        byte[] content = random(length);
        for (int piece : new int[] {1000, CHUNK, CHUNK + 13}) {
            assertThat(opened(sealed(content, piece))).isEqualTo(content);
        }
    }

    @Test
    void itIsForItsOwnerAloneAndHoldsNothingPlain() throws IOException {
        byte[] content = "a secret of a cluster ".repeat(9000).getBytes(StandardCharsets.UTF_8);
        Path file = sealed(content, 5000);

        assertThat(Files.getPosixFilePermissions(file)).isEqualTo(AtomicFiles.permissions(0600));
        assertThat(new String(Files.readAllBytes(file), StandardCharsets.ISO_8859_1))
                .doesNotContain("secret");
    }

    @Test
    void aBitThatWasChangedIsFoundWhereverItIs() throws IOException {
        Path file = sealed(random(2 * CHUNK + 100), CHUNK);
        byte[] right = Files.readAllBytes(file);
        for (int at : new int[] {0, HEAD, HEAD + SEALED - 1, HEAD + SEALED, right.length - 1}) {
            byte[] wrong = right.clone();
            wrong[at] ^= 1;
            assertRefused(file, wrong);
        }
    }

    @Test
    void aFileThatWasCutOrGrewIsRefusedAlsoAtTheEndOfAChunk() throws IOException {
        Path file = sealed(random(3 * CHUNK), CHUNK);
        byte[] right = Files.readAllBytes(file);
        for (int length :
                new int[] {0, HEAD, HEAD + 5, HEAD + SEALED, HEAD + 2 * SEALED, right.length - 1}) {
            assertRefused(file, Arrays.copyOf(right, length));
        }
        assertRefused(file, Arrays.copyOf(right, right.length + 1));
        assertRefused(file, Arrays.copyOf(right, right.length + SEALED));
    }

    @Test
    void chunksThatChangedPlacesAreFound() throws IOException {
        Path file = sealed(random(3 * CHUNK), CHUNK);
        byte[] right = Files.readAllBytes(file);
        byte[] wrong = right.clone();
        System.arraycopy(right, HEAD, wrong, HEAD + SEALED, SEALED);
        System.arraycopy(right, HEAD + SEALED, wrong, HEAD, SEALED);
        assertRefused(file, wrong);
    }

    @Test
    void anotherKeyAndAnotherNameDoNotOpenIt() throws IOException {
        Path file = sealed(random(100), 100);
        byte[] other = new byte[32];
        other[31] = 1;
        assertThatThrownBy(() ->
                        SealedFile.open(Files.newInputStream(file), file, Secret.of(other), NAME)
                                .readAllBytes())
                .isInstanceOf(IOException.class);
        assertThatThrownBy(() ->
                        SealedFile.open(Files.newInputStream(file), file, KEY, "another")
                                .readAllBytes())
                .isInstanceOf(IOException.class);
    }

    @Test
    void oneThatIsThereIsNeverWrittenOver() throws IOException {
        Path file = sealed(random(100), 100);
        assertThatThrownBy(() -> SealedFile.Writer.create(file, KEY, NAME))
                .isInstanceOf(IOException.class);
        assertThat(opened(file)).isEqualTo(random(100));
    }

    private void assertRefused(Path file, byte[] content) throws IOException {
        Files.write(file, content);
        assertThatThrownBy(() -> opened(file))
                .isInstanceOf(IOException.class)
                .hasMessageContaining(file.toString());
    }
}
