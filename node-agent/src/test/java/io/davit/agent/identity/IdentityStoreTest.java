package io.davit.agent.identity;

import static org.assertj.core.api.Assertions.assertThat;

import io.davit.agent.identity.IdentityStore.Found;
import io.davit.agent.link.TestPki;
import io.davit.common.AtomicFiles;
import io.davit.common.HostId;
import io.davit.common.Identities;
import io.davit.common.Keys;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class IdentityStoreTest {

    private static final Machine HERE = new Machine("aaaa", "1111-2222");

    @TempDir Path state;

    private final TestPki pki = new TestPki();
    private final SecureRandom random = new SecureRandom();

    @Test
    void aSavedIdentityIsFoundAgain() throws IOException {
        var identity = identity(HERE);
        store().save(identity);
        assertThat(store().load(HERE)).isEqualTo(new Found.Usable(identity));
    }

    @Test
    void everyFileIsItsOwnersAlone() throws IOException {
        store().save(identity(HERE));
        assertThat(Files.getPosixFilePermissions(state.resolve("identity")))
                .isEqualTo(AtomicFiles.permissions(0700));
        try (Stream<Path> files = Files.list(state.resolve("identity"))) {
            assertThat(files)
                    .hasSize(4)
                    .allSatisfy(file ->
                            assertThat(Files.getPosixFilePermissions(file))
                                    .isEqualTo(AtomicFiles.permissions(0600)));
        }
    }

    @Test
    void aLaterIdentityTakesThePlaceOfTheFirst() throws IOException {
        store().save(identity(HERE));
        store().save(identity(HERE));
        var third = identity(HERE);
        store().save(third);
        assertThat(store().load(HERE)).isEqualTo(new Found.Usable(third));
        assertThat(state.resolve("identity.new")).doesNotExist();
    }

    @Test
    void anIdentityOfAnotherMachineIsStale() throws IOException {
        var identity = identity(HERE);
        store().save(identity);
        assertThat(store().load(new Machine("bbbb", "1111-2222")))
                .isEqualTo(
                        new Found.Stale(identity.hostId(), "its machine-id was aaaa and is bbbb"));
        assertThat(store().load(new Machine("aaaa", "3333")))
                .isEqualTo(
                        new Found.Stale(
                                identity.hostId(), "its product UUID was 1111-2222 and is 3333"));
    }

    @Test
    void aPartThatOneSideLacksDecidesNothing() throws IOException {
        var identity = identity(HERE);
        store().save(identity);
        assertThat(store().load(new Machine("aaaa", ""))).isInstanceOf(Found.Usable.class);
        assertThat(store().load(new Machine("", "1111-2222"))).isInstanceOf(Found.Usable.class);
    }

    @Test
    void nothingIsNothing() {
        assertThat(store().load(HERE)).isEqualTo(new Found.Nothing());
    }

    @Test
    void aKeyThatIsNotTheCertificatesIsBroken() throws IOException {
        store().save(identity(HERE));
        byte[] other = io.davit.common.Pem.ofPrivateKey(Keys.newP256(random).getPrivate()).reveal();
        Files.write(state.resolve("identity/key.pem"), other);
        assertThat(store().load(HERE)).isInstanceOf(Found.Broken.class);
    }

    @Test
    void aHalfWrittenIdentityIsBrokenNotUsed() throws IOException {
        store().save(identity(HERE));
        Files.delete(state.resolve("identity/bundle.pem"));
        assertThat(store().load(HERE)).isInstanceOf(Found.Broken.class);
    }

    @Test
    void aLeftoverOfACrashIsNoHindrance() throws IOException {
        Files.createDirectory(state.resolve("identity.new"));
        Files.writeString(state.resolve("identity.new/key.pem"), "half");
        var identity = identity(HERE);
        store().save(identity);
        assertThat(store().load(HERE)).isEqualTo(new Found.Usable(identity));
    }

    @Test
    void readsTheMachine() throws IOException {
        Files.createDirectories(state.resolve("etc"));
        Files.writeString(state.resolve("etc/machine-id"), "ABCD\n");
        assertThat(Machine.read(state)).isEqualTo(new Machine("abcd", ""));
    }

    @Test
    void saysBothTimesWhenTheCertificateIsNotValid() {
        var identity = identity(HERE);
        Instant late = Instant.now().plus(Duration.ofDays(400));
        assertThat(identity.whyNotValid(Instant.now())).isEmpty();
        assertThat(identity.whyNotValid(late).orElseThrow())
                .contains("its clock says " + late)
                .contains("ended at");
        assertThat(identity.whyNotValid(Instant.EPOCH).orElseThrow()).contains("set the clock");
    }

    private IdentityStore store() {
        return new IdentityStore(state);
    }

    private HostIdentity identity(Machine machine) {
        var id = HostId.random(random);
        var pair = Keys.newP256(random);
        return new HostIdentity(
                id,
                pair.getPrivate(),
                List.of(pki.agent(pair.getPublic(), Identities.ofHost(id)), pki.agentIssuer()),
                List.of(pki.root()),
                "abcdefghij",
                machine);
    }
}
