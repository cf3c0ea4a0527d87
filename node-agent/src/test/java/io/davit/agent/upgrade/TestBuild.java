package io.davit.agent.upgrade;

import io.davit.common.DavitVersion;
import io.davit.common.Digests;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.zip.GZIPOutputStream;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveOutputStream;

/** An agent's archive as install/package makes it, with small files in it. */
final class TestBuild {

    final String version;
    final Map<String, String> files = new LinkedHashMap<>();
    private String sums = "";

    TestBuild(String version) {
        this.version = version;
        files.put("VERSION", version + "\n");
        files.put("LICENSE", "Apache\n");
        files.put("bin/davit-agent", "#!/bin/sh\n");
        files.put("lib/davit-agent.jar", "jar of " + version);
        files.put("lib/netty-buffer-4.2.17.Final.jar", "netty");
        files.put("lib/agent.aot", "cache");
        files.put("runtime/bin/java", "java");
        files.put("runtime/legal/java.base/ASSEMBLY_EXCEPTION", "words");
        seal();
    }

    /** Its SHA256SUMS are of what is in it now. */
    void seal() {
        sums =
                files.entrySet().stream()
                        .map(file ->
                                Digests.sha256Hex(file.getValue()) + "  " + file.getKey() + "\n")
                        .collect(Collectors.joining());
    }

    String build() {
        return DavitVersion.build(version, Digests.sha256Hex(sums));
    }

    /** What a test puts into the archive beside the rest. */
    interface More {
        void into(TarArchiveOutputStream tar) throws IOException;
    }

    byte[] archive() {
        return archive(_ -> {});
    }

    byte[] archive(More more) {
        var bytes = new ByteArrayOutputStream();
        try (var tar = new TarArchiveOutputStream(new GZIPOutputStream(bytes))) {
            file(tar, "SHA256SUMS", sums, 0644);
            directory(tar, "bin/");
            for (var file : files.entrySet()) {
                int mode = file.getKey().contains("bin/") ? 0755 : 0644;
                file(tar, file.getKey(), file.getValue(), mode);
            }
            more.into(tar);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return bytes.toByteArray();
    }

    static void file(TarArchiveOutputStream tar, String name, String content, int mode)
            throws IOException {
        byte[] bytes = content.getBytes(StandardCharsets.UTF_8);
        var entry = new TarArchiveEntry(name, true);
        entry.setSize(bytes.length);
        entry.setMode(mode);
        entry.setModTime(1_767_225_600_000L);
        tar.putArchiveEntry(entry);
        tar.write(bytes);
        tar.closeArchiveEntry();
    }

    static void directory(TarArchiveOutputStream tar, String name) throws IOException {
        var entry = new TarArchiveEntry(name);
        entry.setModTime(1_767_225_600_000L);
        tar.putArchiveEntry(entry);
        tar.closeArchiveEntry();
    }

    static void link(TarArchiveOutputStream tar, String name, byte kind, String to)
            throws IOException {
        var entry = new TarArchiveEntry(name, kind, true);
        entry.setLinkName(to);
        tar.putArchiveEntry(entry);
        tar.closeArchiveEntry();
    }
}
