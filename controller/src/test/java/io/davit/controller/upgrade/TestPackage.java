package io.davit.controller.upgrade;

import io.davit.common.DavitVersion;
import io.davit.common.Digests;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.zip.GZIPOutputStream;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveOutputStream;

/**
 * The few members of an agent's archive that a controller reads.
 *
 * @param note makes it another build
 * @param machine of its Java, as in the ELF header
 */
record TestPackage(String version, String note, int machine) {

    static final int AMD64 = 0x3e;
    static final int ARM64 = 0xb7;

    static TestPackage amd64(String version, String note) {
        return new TestPackage(version, note, AMD64);
    }

    String build() {
        return DavitVersion.build(version, Digests.sha256Hex(note));
    }

    Path write(Path directory) throws IOException {
        Files.createDirectories(directory);
        Path file = directory.resolve(build() + ".tar.gz");
        byte[] java = new byte[64];
        java[0] = 0x7f;
        java[1] = 'E';
        java[2] = 'L';
        java[3] = 'F';
        java[18] = (byte) machine;
        try (var tar =
                new TarArchiveOutputStream(new GZIPOutputStream(Files.newOutputStream(file)))) {
            member(tar, "SHA256SUMS", note.getBytes(StandardCharsets.UTF_8));
            member(tar, "VERSION", (version + "\n").getBytes(StandardCharsets.UTF_8));
            member(tar, "runtime/bin/java", java);
        }
        return file;
    }

    private static void member(TarArchiveOutputStream tar, String name, byte[] content)
            throws IOException {
        var entry = new TarArchiveEntry(name);
        entry.setSize(content.length);
        tar.putArchiveEntry(entry);
        tar.write(content);
        tar.closeArchiveEntry();
    }
}
