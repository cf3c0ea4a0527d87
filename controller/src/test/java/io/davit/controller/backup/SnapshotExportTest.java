package io.davit.controller.backup;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.davit.common.Digests;
import io.davit.common.HostId;
import io.davit.common.Secret;
import io.davit.controller.agentlink.BlobDesk;
import io.davit.controller.audit.Changes;
import io.davit.controller.disk.Room;
import io.davit.controller.pki.ClusterPki;
import io.davit.controller.plan.AgentToken;
import io.davit.controller.plan.Content;
import io.davit.controller.plan.MaterialNames;
import io.davit.controller.snapshot.Snapshot;
import io.davit.controller.snapshot.SnapshotShelf;
import io.davit.controller.snapshot.Snapshots;
import io.davit.controller.store.KeyFile;
import io.davit.controller.store.Records;
import io.davit.controller.store.SealedSecrets;
import io.davit.controller.store.SqliteStore;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Clock;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.ObjectMapper;

class SnapshotExportTest {

    private static final String NAME = "20261123-120000-aaaa";
    private static final Passphrase WORDS =
            Passphrase.of(Secret.ofText("correct horse battery staple"));

    @TempDir Path directory;

    private final SecureRandom random = new SecureRandom();
    private final Clock clock = Clock.systemUTC();
    private Path state = Path.of("");
    private Path key = Path.of("");
    private byte[] file = {};
    private String agentPassword = "";
    private String serverPassword = "";

    @BeforeEach
    void hold() throws Exception {
        state = Files.createDirectory(directory.resolve("state"));
        key = directory.resolve("controller.key");
        KeyFile.create(key, random, Optional.empty());
        byte[] database = new byte[512 * 300];
        random.nextBytes(database);
        file = Arrays.copyOf(database, database.length + 32);
        System.arraycopy(Digests.sha256(database), 0, file, database.length, 32);
        try (var store = SqliteStore.open(state.resolve(SqliteStore.FILE_NAME))) {
            var secrets = new SealedSecrets(KeyFile.read(key, random));
            var records = new Records(store);
            var changes = new Changes(store, Secret.ofText("audit"), clock);
            var pki =
                    new ClusterPki(
                            changes, records, secrets, _ -> Secret.ofText("k"), clock, random);
            pki.make("small");
            pki.rotateAgentToken("small", new AgentToken(2, Map.of()));
            agentPassword =
                    pki.resolve("small", new Content.SecretRef(MaterialNames.K3S_AGENT_PASSWORD, 2))
                            .revealText();
            serverPassword =
                    pki.resolve(
                                    "small",
                                    new Content.SecretRef(MaterialNames.K3S_SERVER_PASSWORD, 1))
                            .revealText();
            var shelf =
                    new SnapshotShelf(
                            new Snapshots(state, changes, records, secrets),
                            (_, host) ->
                                    new Snapshot.Origin(
                                            "e1",
                                            host.value(),
                                            3,
                                            "v1.34.1+k3s1",
                                            "kind: Cluster\n"),
                            10,
                            clock,
                            random,
                            new Room());
            var incoming =
                    shelf.open(
                            "small",
                            new HostId("0".repeat(32)),
                            new BlobDesk.Head(
                                    NAME,
                                    "e1/etcd/snapshot",
                                    1,
                                    NAME,
                                    file.length,
                                    Digests.sha256Hex(file),
                                    new BlobDesk.SnapshotFacts("1a", "3.5.16", 7, 3, 9)));
            incoming.take(file);
            incoming.finish();
        }
    }

    private void export(String name, Path target) throws IOException {
        SnapshotExport.run(state, key, name, target, WORDS, "0.1.0-test", clock);
    }

    private static byte[] entry(Map<String, byte[]> found, String name) {
        return Optional.ofNullable(found.get(name)).orElseThrow();
    }

    @Test
    void itHasTheSnapshotAndAllThatIsNeededToRestoreIt() throws Exception {
        Path target = directory.resolve("one.snapshot");
        export(NAME, target);

        Map<String, byte[]> found = new LinkedHashMap<>();
        BackupFile.read(target, WORDS, (name, content) -> found.put(name, content.readAllBytes()));
        assertThat(found.get("snapshot.db")).isEqualTo(file);
        assertThat(new String(entry(found, "spec.yaml"), UTF_8)).isEqualTo("kind: Cluster\n");
        assertThat(found.keySet())
                .startsWith("manifest.json", "spec.yaml")
                .contains(
                        "escrow/etcd/ca.crt",
                        "escrow/etcd/ca.key",
                        "escrow/etcd/peer-ca.crt",
                        "escrow/etcd/peer-ca.key",
                        "escrow/k3s/agent-token",
                        "escrow/k3s/token",
                        "escrow/k3s/tls/client-ca.crt",
                        "escrow/k3s/tls/client-ca.key",
                        "escrow/k3s/tls/etcd/peer-ca.key",
                        "escrow/k3s/tls/etcd/server-ca.key",
                        "escrow/k3s/tls/request-header-ca.key",
                        "escrow/k3s/tls/server-ca.key",
                        "escrow/k3s/tls/service.key");
        String serverCa = Digests.sha256Hex(entry(found, "escrow/k3s/tls/server-ca.crt"));
        assertThat(new String(entry(found, "escrow/k3s/token"), UTF_8))
                .isEqualTo("K10" + serverCa + "::server:" + serverPassword + "\n");
        assertThat(new String(entry(found, "escrow/k3s/agent-token"), UTF_8))
                .as("the token after a rotation, not the one that was taken back")
                .isEqualTo("K10" + serverCa + "::node:" + agentPassword + "\n");
        var manifest = new ObjectMapper().readTree(entry(found, "manifest.json"));
        assertThat(manifest.path("cluster").asString()).isEqualTo("small");
        assertThat(manifest.path("snapshot").path("revision").asLong()).isEqualTo(7);
        assertThat(manifest.path("snapshot").path("sha256").asString())
                .isEqualTo(Digests.sha256Hex(file));
        assertThat(Files.list(state).map(path -> path.getFileName().toString()))
                .as("no copy of the state stays")
                .noneMatch(name -> name.startsWith("backup-"));
    }

    @Test
    void aSnapshotThatWasChangedOnTheDiskIsNotWrittenOut() throws Exception {
        Path sealed = state.resolve("snapshots").resolve(NAME + ".sealed");
        byte[] content = Files.readAllBytes(sealed);
        content[content.length / 2] ^= 1;
        Files.write(sealed, content);
        Path target = directory.resolve("one.snapshot");

        assertThatThrownBy(() -> export(NAME, target))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("it was changed or cut");
        assertThat(Files.list(directory).map(path -> path.getFileName().toString()))
                .containsExactlyInAnyOrder("state", "controller.key");
    }

    @Test
    void aLinkInThePlaceOfItsFolderIsNotFollowed() throws Exception {
        Path target = directory.resolve("one.snapshot");
        Path elsewhere = directory.resolve("elsewhere");
        Files.move(state.resolve("snapshots"), elsewhere);
        Files.createSymbolicLink(state.resolve("snapshots"), elsewhere);
        assertThatThrownBy(() -> export(NAME, target)).hasMessageContaining("snapshots is a link");
        assertThat(Files.exists(target)).isFalse();
    }

    @Test
    void anUnknownAndAMissingOneAreToldApart() throws Exception {
        Path target = directory.resolve("one.snapshot");
        assertThatThrownBy(() -> export("20261123-120000-zzzz", target))
                .hasMessageContaining("holds none of that name");
        Files.delete(state.resolve("snapshots").resolve(NAME + ".sealed"));
        assertThatThrownBy(() -> export(NAME, target)).hasMessageContaining("is not there");
        assertThat(Files.exists(target)).isFalse();
    }
}
