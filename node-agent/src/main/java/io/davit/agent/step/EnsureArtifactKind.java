package io.davit.agent.step;

import io.davit.agent.journal.Ledger;
import io.davit.agent.journal.Ledger.ArtifactEntry;
import io.davit.agent.observe.Effect;
import io.davit.agent.observe.Obstacles;
import io.davit.agent.observe.PlacedArtifact;
import io.davit.agent.observe.ReadOnlyHost;
import io.davit.agent.profile.Artifact;
import io.davit.agent.profile.Profile;
import io.davit.agent.system.HostFiles;
import io.davit.common.AtomicFiles;
import io.davit.common.Names;
import io.davit.proto.agent.v1.EnsureArtifact;
import io.davit.proto.agent.v1.Step;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;
import java.util.regex.Pattern;

/**
 * 1. fetched and verified under a part name; 2. unpacked or moved into a directory that gets its
 * final name, the SHA-256 of the published file, last: what stands under such a name is whole; 3.
 * links are turned, copies made; 4. the ledger knows it as current, the one before is kept, older
 * ones go.
 */
final class EnsureArtifactKind implements StepKind {

    /** Kept free beside twice the artifact. */
    private static final long RESERVE = 512L * 1024 * 1024;

    private static final Pattern SHA256 = Pattern.compile("[0-9a-f]{64}");
    private static final Pattern VERSION = Pattern.compile("[A-Za-z0-9][A-Za-z0-9.+_-]{0,63}");

    private final String arch;

    EnsureArtifactKind(String arch) {
        this.arch = arch;
    }

    @Override
    public Finding check(Step step, Profile profile, ReadOnlyHost host)
            throws StepEnded, IOException, InterruptedException {
        EnsureArtifact ensure = step.getEnsureArtifact();
        Artifact artifact = artifact(ensure, profile);
        judge(ensure, artifact);
        ArtifactEntry current = host.ledger().artifacts().get(artifact.name());
        if (current != null
                && current.sha256().equals(ensure.getSha256())
                && current.version().equals(ensure.getVersion())
                && PlacedArtifact.inPlace(artifact, current, host)) {
            return new Finding.Same();
        }
        for (String path : claims(ensure, artifact)) {
            if (Obstacles.file(path, host).isPresent()) {
                throw StepEnded.blocked(
                        "cannot place %s: not ours: path %s exists and was not made by Davit"
                                .formatted(ensure.getArtifact(), path),
                        "look at it, then move it away or remove it");
            }
        }
        boolean there = host.status(PlacedArtifact.directory(ensure.getSha256())).isPresent();
        if (!there) {
            needSpace(ensure, PlacedArtifact.DIRECTORY, 2 * ensure.getSizeBytes(), host);
        }
        if (artifact.form() instanceof Artifact.Copied copied) {
            needSpace(ensure, copied.directory(), ensure.getSizeBytes(), host);
        }
        String change =
                there
                        ? "would put %s %s in place"
                                .formatted(ensure.getArtifact(), ensure.getVersion())
                        : "would fetch %s %s (%d bytes)"
                                .formatted(
                                        ensure.getArtifact(),
                                        ensure.getVersion(),
                                        ensure.getSizeBytes());
        return Finding.Different.of(change, effects(ensure, artifact, profile));
    }

    private static Artifact artifact(EnsureArtifact ensure, Profile profile) throws StepEnded {
        return profile.artifact(ensure.getArtifact())
                .orElseThrow(() ->
                        StepEnded.failed(
                                "cannot fetch \"%s\": role %s has no such artifact"
                                        .formatted(
                                                Names.printable(ensure.getArtifact()),
                                                profile.role())));
    }

    private void judge(EnsureArtifact ensure, Artifact artifact) throws StepEnded {
        String cannot = "cannot fetch " + artifact.name() + ": ";
        if (!SHA256.matcher(ensure.getSha256()).matches()) {
            throw StepEnded.failed(cannot + "its SHA-256 is not 64 lower-case hex digits");
        }
        if (!VERSION.matcher(ensure.getVersion()).matches()) {
            throw StepEnded.failed(
                    cannot + "version \"" + Names.printable(ensure.getVersion()) + "\"");
        }
        if (!ensure.getArch().equals(arch)) {
            throw StepEnded.failed(
                    "%sit is for %s, this host is %s"
                            .formatted(cannot, Names.printable(ensure.getArch()), arch));
        }
        if (ensure.getSizeBytes() <= 0 || ensure.getSizeBytes() > 8L * 1024 * 1024 * 1024) {
            throw StepEnded.failed(cannot + "size " + ensure.getSizeBytes());
        }
        if (artifact.form() instanceof Artifact.Copied copied
                && !ensure.getFileName().matches(copied.fileNamePattern())) {
            throw StepEnded.failed(
                    cannot + "file name \"" + Names.printable(ensure.getFileName()) + "\"");
        }
    }

    private static void needSpace(
            EnsureArtifact ensure, String directory, long bytes, ReadOnlyHost host)
            throws StepEnded, IOException {
        long free = host.freeBytes(directory);
        if (free < bytes + RESERVE) {
            throw StepEnded.blocked(
                    "cannot fetch %s %s: %d MiB are free below %s, %d are needed"
                            .formatted(
                                    ensure.getArtifact(),
                                    ensure.getVersion(),
                                    free >> 20,
                                    directory,
                                    (bytes + RESERVE) >> 20),
                    "make room there, or give it a larger disk");
        }
    }

    private static List<String> claims(EnsureArtifact ensure, Artifact artifact) {
        var claims = new ArrayList<>(PlacedArtifact.links(artifact).keySet());
        if (artifact.form() instanceof Artifact.Copied copied) {
            claims.add(copied.directory() + "/" + ensure.getFileName());
        }
        return claims;
    }

    private static List<Effect> effects(EnsureArtifact ensure, Artifact artifact, Profile profile) {
        var effects = new ArrayList<Effect>();
        PlacedArtifact.links(artifact)
                .forEach((path, file) ->
                        effects.add(
                                new Effect.LinkMade(
                                        path,
                                        PlacedArtifact.directory(ensure.getSha256())
                                                + "/"
                                                + file)));
        effects.add(
                new Effect.LedgerChanged(ledger ->
                        ledger.withPaths(profile.role(), claims(ensure, artifact))
                                .withArtifact(
                                        artifact.name(),
                                        new ArtifactEntry(
                                                ensure.getVersion(),
                                                ensure.getSha256(),
                                                ensure.getFileName(),
                                                new TreeMap<>(),
                                                ""))));
        return effects;
    }

    @Override
    public Optional<String> apply(Step step, Profile profile, Work work)
            throws StepEnded, IOException, InterruptedException {
        EnsureArtifact ensure = step.getEnsureArtifact();
        Artifact artifact = artifact(ensure, profile);
        HostFiles files = work.system().files();
        work.claim(profile.role(), claims(ensure, artifact));
        files.makeOwnDirectories(PlacedArtifact.DIRECTORY, 0755);
        String directory = PlacedArtifact.directory(ensure.getSha256());
        ArtifactEntry current = work.ledger().artifacts().get(artifact.name());
        boolean damaged =
                current != null
                        && current.sha256().equals(ensure.getSha256())
                        && !whole(current, directory, work);
        if (damaged) {
            files.deleteFlatDirectory(directory);
        }
        if (files.status(directory).isEmpty()) {
            Path part = new ArtifactFetch(ensure, work).fetch();
            unpack(ensure, artifact, part, directory, files);
        }
        place(ensure, artifact, directory, profile, work);
        remember(ensure, artifact, directory, work);
        forgetOld(work);
        return Optional.of("placed %s %s".formatted(ensure.getArtifact(), ensure.getVersion()));
    }

    private static boolean whole(ArtifactEntry entry, String directory, Work work)
            throws IOException {
        for (var file : entry.files().entrySet()) {
            String path = directory + "/" + file.getKey();
            var status = work.host().status(path);
            if (status.isEmpty()
                    || !status.get().isFile()
                    || !work.host().digest(path).equals(Optional.of(file.getValue()))) {
                return false;
            }
        }
        return true;
    }

    private static void unpack(
            EnsureArtifact ensure, Artifact artifact, Path part, String directory, HostFiles files)
            throws StepEnded, IOException {
        String fresh = PlacedArtifact.DIRECTORY + "/.unpack-" + ensure.getSha256();
        files.deleteFlatDirectory(fresh);
        files.makeOwnDirectories(fresh, 0755);
        switch (artifact.form()) {
            case Artifact.Archive archive -> {
                try {
                    new ArchiveReader(archive.members(), ArchiveReader.LONGEST_MEMBER)
                            .unpack(part, files.resolve(fresh));
                } catch (IOException e) {
                    files.deleteFlatDirectory(fresh);
                    Files.deleteIfExists(part);
                    throw StepEnded.failed(
                            "cannot unpack %s %s: %s"
                                    .formatted(
                                            ensure.getArtifact(),
                                            ensure.getVersion(),
                                            e.getMessage()));
                }
            }
            case Artifact.Program program ->
                    moveInto(part, files.resolve(fresh).resolve(program.fileName()), 0755);
            case Artifact.Copied _ ->
                    moveInto(part, files.resolve(fresh).resolve(ensure.getFileName()), 0644);
        }
        AtomicFiles.syncDirectory(files.resolve(fresh));
        files.rename(fresh, directory);
        Files.deleteIfExists(part);
    }

    private static void moveInto(Path part, Path target, int mode) throws IOException {
        Files.setPosixFilePermissions(part, AtomicFiles.permissions(mode));
        Files.move(part, target);
    }

    private static void place(
            EnsureArtifact ensure, Artifact artifact, String directory, Profile profile, Work work)
            throws IOException {
        HostFiles files = work.system().files();
        for (var link : PlacedArtifact.links(artifact).entrySet()) {
            String target = directory + "/" + link.getValue();
            if (files.status(target).isEmpty()) {
                files.delete(link.getKey()); // optional in this version
            } else if (!files.linkTarget(link.getKey()).equals(Optional.of(target))) {
                files.link(link.getKey(), target);
            }
        }
        if (artifact.form() instanceof Artifact.Copied copied) {
            files.makeOwnDirectories(copied.directory(), 0755);
            String to = copied.directory() + "/" + ensure.getFileName();
            files.copy(directory + "/" + ensure.getFileName(), to, 0644);
            ArtifactEntry before = work.ledger().artifacts().get(artifact.name());
            if (before != null && !before.fileName().equals(ensure.getFileName())) {
                String old = copied.directory() + "/" + before.fileName();
                files.delete(old); // k3s imports every archive that lies there
                work.ledger(ledger -> ledger.withoutPath(profile.role(), old));
            }
        }
    }

    private static void remember(
            EnsureArtifact ensure, Artifact artifact, String directory, Work work)
            throws IOException {
        var digests = new TreeMap<String, String>();
        for (String name : work.host().list(directory)) {
            digests.put(name, work.host().digest(directory + "/" + name).orElse(""));
        }
        work.ledger((Ledger ledger) -> {
            ArtifactEntry before = ledger.artifacts().get(artifact.name());
            String previous =
                    before == null
                            ? ""
                            : before.sha256().equals(ensure.getSha256())
                                    ? before.previous()
                                    : before.sha256();
            return ledger.withArtifact(
                    artifact.name(),
                    new ArtifactEntry(
                            ensure.getVersion(),
                            ensure.getSha256(),
                            ensure.getFileName(),
                            digests,
                            previous));
        });
    }

    /** Everything that is neither an artifact's current content nor the one before it. */
    static void forgetOld(Work work) throws IOException {
        var kept = new ArrayList<String>();
        work.ledger()
                .artifacts()
                .values()
                .forEach(entry -> {
                    kept.add(entry.sha256());
                    kept.add(entry.previous());
                });
        HostFiles files = work.system().files();
        for (String name : files.list(PlacedArtifact.DIRECTORY)) {
            if (SHA256.matcher(name).matches() && !kept.contains(name)) {
                files.deleteFlatDirectory(PlacedArtifact.directory(name));
            }
        }
    }
}
