package io.davit.controller.artifact;

import io.davit.common.AtomicFiles;
import io.davit.controller.plan.Catalog.ArtifactFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.regex.Pattern;

/** The files below the controller's artifact directory, each named by its checksum. */
final class HeldFiles {

    private static final Pattern SHA256 = Pattern.compile("[0-9a-f]{64}");
    private static final Comparator<HeldArtifact> ORDER =
            Comparator.<HeldArtifact, String>comparing(held ->
                            held.published()
                                    .map(f -> f.artifact() + " " + f.version() + f.arch())
                                    .orElse("~"))
                    .thenComparing(HeldArtifact::sha256);

    private final Path directory;
    private final Function<String, Optional<ArtifactFile>> known;

    /**
     * @param known what is known of a file, by its checksum
     */
    HeldFiles(Path directory, Function<String, Optional<ArtifactFile>> known) {
        this.directory = directory;
        this.known = known;
    }

    List<HeldArtifact> all() throws IOException {
        List<Path> paths;
        try (var entries = Files.list(directory)) {
            paths =
                    entries.filter(path -> SHA256.matcher(path.getFileName() + "").matches())
                            .toList();
        }
        var held = new ArrayList<HeldArtifact>();
        for (Path path : paths) {
            String sha256 = path.getFileName() + "";
            try {
                held.add(
                        new HeldArtifact(
                                sha256,
                                Files.size(path),
                                Files.getLastModifiedTime(path).toInstant(),
                                known.apply(sha256)));
            } catch (NoSuchFileException e) {
                // removed meanwhile
            }
        }
        held.sort(ORDER);
        return List.copyOf(held);
    }

    void remove(String sha256) throws IOException {
        if (!SHA256.matcher(sha256).matches()) {
            throw new IOException("cannot remove an artifact: its name is no SHA-256");
        }
        Files.deleteIfExists(directory.resolve(sha256));
        Files.deleteIfExists(directory.resolve(sha256 + ".part"));
        AtomicFiles.syncDirectory(directory);
    }
}
