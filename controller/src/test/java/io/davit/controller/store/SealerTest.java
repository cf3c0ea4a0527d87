package io.davit.controller.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.davit.common.Secret;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.util.Base64;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SealerTest {

    private final SecureRandom random = new SecureRandom();
    private final Sealer sealer = new Sealer("k1", Secret.random(random, 32), random);
    private final Secret secret = Secret.ofText("the token");

    @TempDir private Path directory;

    @Test
    void aSecretOpensForItsRecordOnly() {
        Sealed sealed = sealer.seal("secret/a", secret);
        assertThat(sealer.open("secret/a", sealed)).isEqualTo(secret);
        assertThatThrownBy(() -> sealer.open("secret/b", sealed))
                .isInstanceOf(StoreException.class);
    }

    @Test
    void noSealingIsLikeAnother() {
        assertThat(sealer.seal("a", secret)).isNotEqualTo(sealer.seal("a", secret));
    }

    @Test
    void oneChangedBitIsFound() {
        Sealed sealed = sealer.seal("a", secret);
        byte[] bytes = Base64.getDecoder().decode(sealed.ciphertext());
        bytes[0] ^= 1;
        var changed =
                new Sealed(
                        sealed.keyId(), sealed.nonce(), Base64.getEncoder().encodeToString(bytes));
        assertThatThrownBy(() -> sealer.open("a", changed)).isInstanceOf(StoreException.class);
    }

    @Test
    void anotherKeyIsToldByItsId() {
        var other = new Sealer("k2", Secret.random(random, 32), random);
        assertThatThrownBy(() -> other.open("a", sealer.seal("a", secret)))
                .hasMessageContaining("sealed by key k1")
                .hasMessageContaining("key k2");
    }

    @Test
    void theKeyFileIsMadeOnceForItsOwnerAloneAndReadAgain() throws IOException {
        Path file = directory.resolve("controller.key");
        KeyFile.create(file, random, Optional.empty());
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
                .isEqualTo("rw-------");
        Sealed sealed = KeyFile.read(file, random).seal("a", secret);
        assertThat(KeyFile.read(file, random).open("a", sealed)).isEqualTo(secret);
        assertThatThrownBy(() -> KeyFile.create(file, random, Optional.empty()))
                .hasMessageContaining("exists already");
    }

    @Test
    void aDamagedKeyFileIsNamedAndNotShown() throws IOException {
        Path file = directory.resolve("controller.key");
        Files.writeString(file, "davit-key-1 12345678 c2VjcmV0c2VjcmV0!\n");
        assertThatThrownBy(() -> KeyFile.read(file, random))
                .hasMessageContaining(file.toString())
                .hasMessageNotContaining("c2VjcmV0");
    }
}
