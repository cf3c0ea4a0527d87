package io.davit.controller.backup;

import io.davit.common.Secret;
import io.davit.controller.pki.ClusterPki;
import io.davit.controller.snapshot.Snapshot;
import io.davit.controller.snapshot.Snapshots;
import io.davit.controller.store.Json;
import io.davit.controller.store.KeyFile;
import io.davit.controller.store.Records;
import io.davit.controller.store.SealedSecrets;
import io.davit.controller.store.SqliteStore;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * Writes a snapshot of etcd, with all that is needed to restore it by hand, into one encrypted
 * file; on the controller's host, from the files there, whether it runs or not.
 *
 * <ol>
 *   <li>The state is copied and read with the key of this host, as a backup does.
 *   <li>Manifest, spec, escrow and the snapshot go into the file. The snapshot is opened as it is
 *       written, so that it is plain nowhere; a chunk that was changed ends all of it.
 * </ol>
 */
public final class SnapshotExport {

    private static final int FORMAT = 1;

    private SnapshotExport() {}

    /**
     * The first file: what the others are.
     *
     * @param files what each is for, by name
     */
    record Manifest(
            int format,
            String davitVersion,
            Instant exportedAt,
            String cluster,
            String name,
            Instant takenAt,
            String host,
            String hostId,
            long generation,
            String k3sVersion,
            Snapshot.Content snapshot,
            Map<String, String> files) {

        Manifest {
            files = Map.copyOf(files);
        }
    }

    /**
     * Writes it.
     *
     * @param target must not exist
     * @return what it is of
     * @throws IOException naming what cannot be read or written
     */
    public static Snapshot run(
            Path state,
            Path keyFile,
            String name,
            Path target,
            Passphrase passphrase,
            String version,
            Clock clock)
            throws IOException {
        try (var copy = StateCopy.of(state, clock)) {
            var random = new SecureRandom();
            var secrets = new SealedSecrets(KeyFile.read(keyFile, random));
            try (SqliteStore store = SqliteStore.open(copy.file())) {
                var records = new Records(store);
                var snapshot =
                        Snapshots.find(records, name)
                                .orElseThrow(() ->
                                        new IOException(
                                                "cannot export snapshot "
                                                        + name
                                                        + ": this controller holds none of that"
                                                        + " name"));
                // before anything is written: is it there, and does it open?
                Snapshots.open(state, records, secrets, snapshot).close();
                BackupFile.write(
                        target,
                        passphrase,
                        entries(
                                state,
                                records,
                                secrets,
                                snapshot,
                                new Made(version, clock.instant())),
                        random);
                return snapshot;
            }
        }
    }

    private record Made(String version, Instant at) {}

    private static List<BackupFile.Entry> entries(
            Path state, Records records, SealedSecrets secrets, Snapshot snapshot, Made made)
            throws IOException {
        var escrow =
                ClusterPki.escrow(records, secrets, snapshot.cluster())
                        .orElseThrow(() ->
                                new IOException(
                                        "cannot export snapshot %s: this controller has no keys of cluster %s"
                                                .formatted(snapshot.name(), snapshot.cluster())));
        var entries = new ArrayList<BackupFile.Entry>();
        entries.add(text("manifest.json", new Json().write(manifest(snapshot, made)) + "\n"));
        entries.add(text("spec.yaml", snapshot.origin().specYaml()));
        escrow.forEach(
                (name, content) -> entries.add(new BackupFile.InMemory("escrow/" + name, content)));
        entries.add(
                new BackupFile.Streamed(
                        "snapshot.db",
                        snapshot.content().sizeBytes(),
                        () -> Snapshots.open(state, records, secrets, snapshot)));
        return entries;
    }

    private static BackupFile.Entry text(String name, String content) {
        return new BackupFile.InMemory(name, Secret.of(content.getBytes(StandardCharsets.UTF_8)));
    }

    private static Manifest manifest(Snapshot snapshot, Made made) {
        var origin = snapshot.origin();
        return new Manifest(
                FORMAT,
                made.version(),
                made.at(),
                snapshot.cluster(),
                snapshot.name(),
                snapshot.takenAt(),
                origin.host(),
                origin.hostId(),
                origin.generation(),
                origin.k3sVersion(),
                snapshot.content(),
                Map.of(
                        "spec.yaml", "the cluster's spec as it was accepted then: networks, hosts",
                        "snapshot.db", "for etcdutl (etcdctl before 3.5) snapshot restore",
                        "escrow/k3s/token",
                                "servers' token; without it k3s cannot read its bootstrap data",
                        "escrow/k3s/agent-token", "workers' token",
                        "escrow/k3s/tls", "k3s' CAs and keys, as below server/tls of a server",
                        "escrow/etcd", "CAs of etcd's servers and clients, and of its peers"));
    }
}
