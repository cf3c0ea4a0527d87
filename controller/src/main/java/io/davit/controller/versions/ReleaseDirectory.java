package io.davit.controller.versions;

import io.davit.controller.release.K3sVersion;
import io.davit.controller.release.KnownReleases;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;

/**
 * Releases that an operator put into a directory, one sub-directory a version, as the artifact
 * source has them; what else stands there is no version.
 */
final class ReleaseDirectory implements Source {

    private final Path directory;

    ReleaseDirectory(Path directory) {
        this.directory = directory;
    }

    @Override
    public String kind() {
        return "directory";
    }

    @Override
    public String place() {
        return directory.toString();
    }

    @Override
    public boolean tellsAll() {
        return true;
    }

    @Override
    public boolean near() {
        return true;
    }

    @Override
    public KnownReleases ask() throws IOException {
        return KnownReleases.of(
                Map.of(), versions(directory, name -> K3sVersion.parse(name.replace("%2B", "+"))));
    }

    /** The versions that the sub-directories are named after. */
    static <V> List<V> versions(Path directory, Function<String, Optional<V>> grammar)
            throws IOException {
        if (!Files.isDirectory(directory)) {
            throw new IOException("there is no directory " + directory);
        }
        try (var entries = Files.list(directory)) {
            return entries.filter(Files::isDirectory)
                    .flatMap(entry -> grammar.apply(entry.getFileName() + "").stream())
                    .toList();
        }
    }
}
