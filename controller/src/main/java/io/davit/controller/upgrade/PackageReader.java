package io.davit.controller.upgrade;

import io.davit.common.DavitVersion;
import io.davit.common.Digests;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.zip.GZIPInputStream;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;

/**
 * Reads from an archive what it is: its version, its build, and for which machines its Java runtime
 * was made. Nothing is unpacked; agents hold it to its own list of contents.
 */
final class PackageReader {

    private static final int MOST_ENTRIES = 5_000;
    private static final long LONGEST_WHOLE = 1024L << 20;
    private static final int LONGEST_SUMS = 2 << 20;
    private static final int ELF_HEAD = 20;
    private static final byte[] ELF = {0x7f, 'E', 'L', 'F'};
    private static final int AMD64 = 0x3e;
    private static final int ARM64 = 0xb7;

    private String version = "";
    private String sums = "";
    private String arch = "";
    private long read;

    private PackageReader() {}

    /**
     * Reads the whole archive.
     *
     * @throws IOException if it is none of an agent; the message says why
     */
    static AgentPackage read(Path file, boolean own) throws IOException {
        var reader = new PackageReader();
        try (var in = new BufferedInputStream(Files.newInputStream(file), 128 * 1024);
                var tar = new TarArchiveInputStream(new GZIPInputStream(in, 128 * 1024))) {
            int entries = 0;
            for (TarArchiveEntry entry = tar.getNextEntry();
                    entry != null;
                    entry = tar.getNextEntry()) {
                if (++entries > MOST_ENTRIES || (reader.read += entry.getSize()) > LONGEST_WHOLE) {
                    throw new IOException("it has more in it than an agent");
                }
                reader.take(entry.getName().replaceFirst("^\\./", ""), tar);
            }
        }
        return reader.is(file, own);
    }

    private void take(String name, InputStream in) throws IOException {
        switch (name) {
            case "VERSION" ->
                    version = new String(in.readNBytes(100), StandardCharsets.US_ASCII).strip();
            case "SHA256SUMS" -> sums = Digests.sha256Hex(in.readNBytes(LONGEST_SUMS));
            case "runtime/bin/java" -> arch = arch(in.readNBytes(ELF_HEAD));
            default -> {
                // looked at by the agents
            }
        }
    }

    /** By the machine in the ELF header (elf(5), e_machine). */
    private static String arch(byte[] head) {
        boolean elf =
                head.length == ELF_HEAD
                        && head[0] == ELF[0]
                        && head[1] == ELF[1]
                        && head[2] == ELF[2]
                        && head[3] == ELF[3];
        if (!elf) {
            return "";
        }
        return switch (head[18] & 0xff) {
            case AMD64 -> "amd64";
            case ARM64 -> "arm64";
            default -> "";
        };
    }

    private AgentPackage is(Path file, boolean own) throws IOException {
        if (DavitVersion.parse(version).isEmpty()) {
            throw new IOException("it has no VERSION, or not one of Davit");
        }
        if (sums.isEmpty()) {
            throw new IOException("it has no SHA256SUMS");
        }
        if (arch.isEmpty()) {
            throw new IOException("its runtime/bin/java is for no machine that agents run on");
        }
        return new AgentPackage(
                version,
                DavitVersion.build(version, sums),
                arch,
                Digests.sha256Hex(file),
                Files.size(file),
                own);
    }
}
