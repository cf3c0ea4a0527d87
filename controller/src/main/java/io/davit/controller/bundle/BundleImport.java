package io.davit.controller.bundle;

import io.davit.controller.artifact.ArtifactStore;
import io.davit.controller.artifact.Imported;
import io.davit.controller.audit.Actor;
import io.davit.controller.audit.Change;
import io.davit.controller.audit.Changes;
import io.davit.controller.plan.Catalog.ArtifactFile;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Takes a bundle.
 *
 * <ol>
 *   <li>All of it is read and checked; nothing is kept.
 *   <li>It is read again, and what is not held yet is kept, each file once more held to its
 *       checksum. A file that nothing names yet is of no use to anybody.
 *   <li>Its releases are written into the state at once, with the audit row.
 * </ol>
 */
public final class BundleImport {

    private final ArtifactStore store;
    private final Changes changes;
    private final Clock clock;

    public BundleImport(ArtifactStore store, Changes changes, Clock clock) {
        this.store = store;
        this.changes = changes;
        this.clock = clock;
    }

    /**
     * What was taken.
     *
     * @param files all that are in it
     * @param added how many of them were not held before
     */
    public record Taken(BundleManifest manifest, List<ArtifactFile> files, int added) {

        public Taken {
            files = List.copyOf(files);
        }
    }

    /**
     * Takes it.
     *
     * @param sha256 of the whole file, compared before
     */
    public Taken run(Path file, String sha256, Actor actor)
            throws IOException, BadBundleException, InterruptedException {
        Bundle.verify(file);
        var files = new ArrayList<ArtifactFile>();
        var added = new ArrayList<ArtifactFile>();
        var manifest =
                Bundle.read(
                        file,
                        (item, content) -> {
                            if (!item.isChecksums()) {
                                files.add(item.file());
                                if (store.receive(item.file(), content)) {
                                    added.add(item.file());
                                }
                            }
                        });
        var releases = releases(manifest, sha256, clock.instant());
        changes.make(
                new Change(
                        actor,
                        "davit.operator.v1.Artifacts/ImportBundle",
                        "bundle/" + sha256,
                        String.join(", ", Bundle.contents(manifest))),
                transaction -> {
                    releases.forEach(release -> Imported.put(transaction, release));
                    return sha256;
                });
        for (ArtifactFile kept : files) {
            if (store.file(kept.sha256()).isEmpty()) {
                throw new BadBundleException(
                        kept.fileName() + " was removed meanwhile; import it again");
            }
        }
        return new Taken(manifest, files, added.size());
    }

    private static List<Imported.Release> releases(
            BundleManifest manifest, String bundle, Instant now) {
        Map<List<String>, List<BundleItem>> byRelease = new LinkedHashMap<>();
        for (BundleItem item : manifest.items()) {
            if (!item.isChecksums()) {
                byRelease
                        .computeIfAbsent(
                                List.of(item.product(), item.version(), item.arch()),
                                _ -> new ArrayList<>())
                        .add(item);
            }
        }
        var releases = new ArrayList<Imported.Release>();
        byRelease.forEach((release, items) ->
                releases.add(
                        new Imported.Release(
                                release.get(0),
                                release.get(1),
                                release.get(2),
                                items.stream().map(BundleItem::file).toList(),
                                items.getFirst().packages(),
                                bundle,
                                now)));
        return releases;
    }
}
