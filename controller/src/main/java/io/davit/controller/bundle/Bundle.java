package io.davit.controller.bundle;

import io.davit.common.Digests;
import io.davit.common.StrictTar;
import io.davit.controller.artifact.Checksums;
import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.DigestInputStream;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;

/**
 * A bundle: a tar of plain files, the manifest first, then each file that it names, in its order.
 *
 * <ol>
 *   <li>Every name follows from what the manifest says the file is; any other is an error, and so
 *       is one more or one less.
 *   <li>Each file has the length and the SHA-256 of the manifest; those of K3s and etcd have also
 *       the one that their publisher's own checksum file in the bundle has for them.
 *   <li>A set of OS packages is opened: it has what its index names, and nothing else.
 * </ol>
 */
public final class Bundle {

    private static final int BUFFER = 128 << 10;

    private Bundle() {}

    /** Takes the content of one file; what it leaves is passed over. */
    interface Visitor {
        void visit(BundleItem item, InputStream content)
                throws IOException, BadBundleException, InterruptedException;
    }

    /** Writes one, and nothing else than what is there under these paths of the manifest. */
    static void write(Path target, BundleManifest manifest, Map<String, Path> files)
            throws IOException {
        try (var out =
                new BufferedOutputStream(
                        Files.newOutputStream(target, StandardOpenOption.CREATE_NEW), BUFFER)) {
            var tar = new StrictTar.Writer(out);
            byte[] text = manifest.text();
            tar.add(BundleManifest.NAME, text.length, new ByteArrayInputStream(text));
            for (BundleItem item : manifest.items()) {
                Path file = files.get(item.path());
                if (file == null) {
                    throw new IllegalArgumentException("no file for " + item.path());
                }
                try (var in = Files.newInputStream(file)) {
                    tar.add(item.path(), item.sizeBytes(), in);
                }
            }
            tar.end();
        }
    }

    /** Goes through a bundle once. */
    static BundleManifest read(Path file, Visitor visitor)
            throws IOException, BadBundleException, InterruptedException {
        try (var in = new BufferedInputStream(Files.newInputStream(file), BUFFER)) {
            var tar = new StrictTar.Reader(in);
            var manifest = manifest(tar);
            for (BundleItem item : manifest.items()) {
                var entry =
                        tar.next()
                                .orElseThrow(
                                        () -> new BadBundleException("it has no " + item.path()));
                if (!entry.name().equals(item.path())) {
                    throw new BadBundleException(
                            "it has %s where the manifest has %s"
                                    .formatted(entry.name(), item.path()));
                }
                if (entry.sizeBytes() != item.sizeBytes()) {
                    throw new BadBundleException(
                            "its %s has %d bytes, the manifest says %d"
                                    .formatted(item.path(), entry.sizeBytes(), item.sizeBytes()));
                }
                visitor.visit(item, tar.content());
            }
            var more = tar.next();
            if (more.isPresent()) {
                throw new BadBundleException("the manifest does not name its " + more.get().name());
            }
            return manifest;
        }
    }

    private static BundleManifest manifest(StrictTar.Reader tar)
            throws IOException, BadBundleException {
        var first = tar.next();
        if (first.isEmpty()
                || !first.get().name().equals(BundleManifest.NAME)
                || first.get().sizeBytes() > BundleManifest.LONGEST) {
            throw new BadBundleException("it does not begin with " + BundleManifest.NAME);
        }
        return BundleManifest.parse(tar.content().readAllBytes());
    }

    /** Reads all of it and keeps nothing. */
    static BundleManifest verify(Path file)
            throws IOException, BadBundleException, InterruptedException {
        var checksums = new HashMap<String, Checksums>();
        var manifest =
                read(
                        file,
                        (item, content) -> {
                            var digest = new DigestInputStream(content, Digests.sha256());
                            if (item.isChecksums()) {
                                checksums.put(release(item), checksums(digest));
                            } else if (item.kind().equals(BundleItem.OS_PACKAGES)) {
                                PackageSetFile.verify(digest, item);
                            }
                            digest.transferTo(java.io.OutputStream.nullOutputStream());
                            String actual =
                                    HexFormat.of().formatHex(digest.getMessageDigest().digest());
                            if (!actual.equals(item.sha256())) {
                                throw new BadBundleException(
                                        "its %s has SHA-256 %s, the manifest says %s"
                                                .formatted(item.path(), actual, item.sha256()));
                            }
                        });
        for (BundleItem item : manifest.items()) {
            if (!item.isChecksums() && !item.kind().equals(BundleItem.OS_PACKAGES)) {
                asPublished(item, checksums.get(release(item)));
            }
        }
        return manifest;
    }

    private static void asPublished(
            BundleItem item, @org.jspecify.annotations.Nullable Checksums checksums)
            throws BadBundleException {
        if (checksums == null) {
            throw new BadBundleException(
                    "it has no checksums of their publisher for " + item.path());
        }
        if (!checksums.of(item.fileName()).equals(java.util.Optional.of(item.sha256()))) {
            throw new BadBundleException(
                    "its %s is not the one that its publisher's checksums are for"
                            .formatted(item.path()));
        }
    }

    /** One checksum file of K3s for each architecture, one of etcd for all. */
    private static String release(BundleItem item) {
        return item.product().equals(BundleItem.ETCD)
                ? "etcd " + item.version()
                : "k3s " + item.version() + " " + item.arch();
    }

    private static Checksums checksums(InputStream content) throws IOException, BadBundleException {
        byte[] bytes = content.readNBytes(Checksums.LONGEST + 1);
        if (bytes.length > Checksums.LONGEST) {
            throw new BadBundleException("one of its checksum files is too long");
        }
        return Checksums.parse(new String(bytes, StandardCharsets.UTF_8));
    }

    /** What a person sees of it: "k3s v1.34.1+k3s1 (amd64)". */
    static List<String> contents(BundleManifest manifest) {
        return manifest.items().stream()
                .filter(item -> !item.isChecksums())
                .map(item ->
                        "%s %s (%s)%s"
                                .formatted(
                                        item.kind(),
                                        item.version(),
                                        item.arch(),
                                        item.packages().isEmpty() ? "" : " " + item.packages()))
                .toList();
    }
}
