package io.davit.common;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CommonValuesTest {

    private final SecureRandom random = new SecureRandom();

    @Test
    void aTokenIsReadBackAndHidesItsSecret() {
        var pin = Keys.pin(Keys.newP384(random).getPublic());
        var token = JoinToken.random(random, List.of(pin));
        assertThat(JoinToken.parse(token.reveal() + "\n")).isEqualTo(token);
        assertThat(token.toString()).isEqualTo("dvt1." + token.id() + ".***");
        String broken = token.reveal().replace("dvt1.", "dvt2.");
        assertThatThrownBy(() -> JoinToken.parse(broken)).hasMessageContaining("dvt1.<id>");
        assertThatThrownBy(() -> JoinToken.parse(token.reveal() + ",x"))
                .hasMessageContaining("pin");
    }

    @Test
    void aRequestGivesItsKeyOnlyWhenSignedByIt() {
        var pair = Keys.newP256(random);
        byte[] request = Csr.of(pair);
        assertThat(Csr.verifiedKey(request)).isEqualTo(pair.getPublic());
        byte[] bent = request.clone();
        bent[bent.length - 1] ^= 1;
        assertThatThrownBy(() -> Csr.verifiedKey(bent))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> Csr.verifiedKey(Csr.of(Keys.newP384(random))))
                .hasMessageContaining("P-256");
        assertThatThrownBy(() -> Csr.verifiedKey(new byte[] {1, 2, 3}))
                .hasMessageContaining("malformed");
    }

    @Test
    void keysSurvivePem() {
        var pair = Keys.newP256(random);
        assertThat(Pem.ecPrivateKey(Pem.ofPrivateKey(pair.getPrivate())))
                .isEqualTo(pair.getPrivate());
        byte[] message = "m".getBytes(StandardCharsets.UTF_8);
        assertThat(Keys.verify(pair.getPublic(), message, Keys.sign(pair.getPrivate(), message)))
                .isTrue();
        assertThat(Keys.verify(pair.getPublic(), message, new byte[] {0})).isFalse();
    }

    @Test
    void wordsAreSixAndStable() {
        var key = Keys.newP256(random).getPublic();
        assertThat(FingerprintWords.of(key))
                .isEqualTo(FingerprintWords.of(key))
                .matches("([a-z]{5} ){5}[a-z]{5}");
    }

    @Test
    void aFileIsReplacedWithItsMode(@TempDir Path directory) throws Exception {
        Path file = directory.resolve("secret");
        AtomicFiles.write(file, "one".getBytes(StandardCharsets.UTF_8), 0640);
        AtomicFiles.write(file, "two".getBytes(StandardCharsets.UTF_8), 0600);
        assertThat(file).hasContent("two");
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
                .isEqualTo("rw-------");
        try (var entries = Files.list(directory)) {
            assertThat(entries).containsExactly(file);
        }
    }

    @Test
    void aLinkThatIsPutInPlaceOfTheTemporaryFileIsNotWrittenThrough(@TempDir Path directory)
            throws Exception {
        Path victim = Files.writeString(directory.resolve("victim"), "untouched");
        Path temporary = directory.resolve(".secret.davit-new");
        var ended = new java.util.concurrent.atomic.AtomicBoolean();
        var swapping =
                Thread.ofPlatform()
                        .start(() -> {
                            Path link = directory.resolve("link");
                            while (!ended.get()) {
                                try {
                                    Files.deleteIfExists(link);
                                    Files.createSymbolicLink(link, victim);
                                    if (Files.exists(temporary)) {
                                        Files.move(
                                                link,
                                                temporary,
                                                java.nio.file.StandardCopyOption.ATOMIC_MOVE);
                                    }
                                } catch (java.io.IOException e) {
                                    // the next round
                                }
                            }
                        });
        for (int i = 0; i < 2000; i++) {
            try {
                AtomicFiles.write(
                        directory.resolve("secret"), "s".getBytes(StandardCharsets.UTF_8), 0600);
            } catch (java.io.IOException e) {
                // the link was seen
            }
        }
        ended.set(true);
        swapping.join();
        assertThat(victim).hasContent("untouched");
    }

    @Test
    void initialKeysOfEtcdAreNoRestartInput() {
        byte[] before =
                "name: \"x\"\ninitial-cluster-state: \"new\"\n".getBytes(StandardCharsets.UTF_8);
        byte[] after =
                "name: \"x\"\ninitial-cluster-state: \"existing\"\n"
                        .getBytes(StandardCharsets.UTF_8);
        assertThat(RestartInputs.of("etcd.config", before))
                .isEqualTo(RestartInputs.of("etcd.config", after));
        assertThat(RestartInputs.of("control-plane.config", before))
                .isNotEqualTo(RestartInputs.of("control-plane.config", after));
    }

    @Test
    void identitiesAreReadStrictly() {
        var host = HostId.random(random);
        assertThat(Identities.host(Identities.ofHost(host))).contains(host);
        assertThat(Identities.host(Identities.ofHost(host) + "/x")).isEmpty();
        assertThat(Identities.operator(Identities.ofOperator("ann"))).contains("ann");
        assertThat(Identities.operator(Identities.ofHost(host))).isEmpty();
        assertThat(new Object[] {Secret.ofText("x")})
                .extracting(Object::toString)
                .containsExactly("***");
        assertThat(Names.printable("a\u001b[31mé")).isEqualTo("a\\u001b[31m\\u00e9");
    }
}
