package io.davit.controller.artifact;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/** Releases in a directory: {@code <dir>/<version, with its plus sign or %2B>/<file>}. */
final class DirectorySource implements ReleaseSource {

    private final Path directory;

    DirectorySource(Path directory) {
        this.directory = directory;
    }

    @Override
    public String text(String version, String file) throws IOException {
        Path path = existing(version, file);
        if (Files.size(path) > Checksums.LONGEST) {
            throw new IOException(path + " is longer than " + Checksums.LONGEST + " bytes");
        }
        return Files.readString(path);
    }

    @Override
    public long size(String version, String file) throws IOException {
        return Files.size(existing(version, file));
    }

    @Override
    public void fetch(String version, String file, Path part, long mostBytes) throws IOException {
        Path path = existing(version, file);
        try (OutputStream out =
                Files.newOutputStream(
                        part,
                        StandardOpenOption.CREATE,
                        StandardOpenOption.WRITE,
                        StandardOpenOption.TRUNCATE_EXISTING)) {
            Files.copy(path, out);
        }
    }

    @Override
    public String place(String version, String file) {
        return directory.resolve(version).resolve(file).toString();
    }

    private Path existing(String version, String file) throws IOException {
        Path plain = directory.resolve(version).resolve(file);
        if (Files.isRegularFile(plain)) {
            return plain;
        }
        Path encoded = directory.resolve(version.replace("+", "%2B")).resolve(file);
        if (Files.isRegularFile(encoded)) {
            return encoded;
        }
        throw new NotPublishedException("there is no file " + plain);
    }
}
