package io.davit.controller.bundle;

import io.davit.common.Digests;
import io.davit.common.StrictTar;
import java.io.BufferedOutputStream;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.DigestInputStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * OS packages in one tar that apt reads as a flat repository once it is unpacked: {@code Packages},
 * {@code Release}, then the package files that the first names.
 */
final class PackageSetFile {

    /** What roles install. */
    static final List<String> WANTED = List.of("haproxy", "keepalived");

    private PackageSetFile() {}

    /** Reads the control data of a package file. */
    interface Control {
        String of(Path deb) throws IOException, InterruptedException;
    }

    /**
     * Writes a set.
     *
     * @return the wanted packages with their versions
     */
    static Map<String, String> write(List<Path> debs, String arch, Control control, Path target)
            throws IOException, BadBundleException, InterruptedException {
        var files = new TreeMap<String, Path>();
        var paragraphs = new TreeMap<String, String>();
        for (Path deb : debs) {
            String text = control.of(deb);
            String name = PackageIndex.fileName(text);
            files.put(name, deb);
            paragraphs.put(
                    name,
                    PackageIndex.paragraph(text, name, Files.size(deb), Digests.sha256Hex(deb)));
        }
        String index = String.join("", paragraphs.values());
        try (var out =
                new BufferedOutputStream(
                        Files.newOutputStream(
                                target,
                                StandardOpenOption.CREATE,
                                StandardOpenOption.TRUNCATE_EXISTING,
                                StandardOpenOption.WRITE))) {
            var tar = new StrictTar.Writer(out);
            byte[] bytes = index.getBytes(StandardCharsets.UTF_8);
            tar.add(PackageIndex.NAME, bytes.length, new ByteArrayInputStream(bytes));
            byte[] release = PackageIndex.release(arch, bytes);
            tar.add(PackageIndex.RELEASE, release.length, new ByteArrayInputStream(release));
            for (var file : files.entrySet()) {
                try (var in = Files.newInputStream(file.getValue())) {
                    tar.add(file.getKey(), Files.size(file.getValue()), in);
                }
            }
            tar.end();
        }
        return wanted(PackageIndex.parse(index));
    }

    private static Map<String, String> wanted(PackageIndex index) throws BadBundleException {
        var found = new TreeMap<String, String>();
        for (PackageIndex.Deb deb : index.debs()) {
            if (WANTED.contains(deb.name()) && found.put(deb.name(), deb.version()) != null) {
                throw new BadBundleException("it has " + deb.name() + " twice");
            }
        }
        if (!found.keySet().containsAll(WANTED)) {
            throw new BadBundleException(
                    "it has %s, and not all of %s".formatted(found.keySet(), WANTED));
        }
        return found;
    }

    /** Reads a set to its end: it is what its index and the manifest say. */
    static void verify(InputStream content, BundleItem item)
            throws IOException, BadBundleException {
        var tar = new StrictTar.Reader(content);
        var first = tar.next();
        if (first.isEmpty()
                || !first.get().name().equals(PackageIndex.NAME)
                || first.get().sizeBytes() > PackageIndex.LONGEST) {
            throw new BadBundleException(
                    "%s does not begin with %s".formatted(item.path(), PackageIndex.NAME));
        }
        byte[] bytes = tar.content().readAllBytes();
        byte[] release = PackageIndex.release(item.arch(), bytes);
        var second = tar.next();
        if (second.isEmpty()
                || !second.get().name().equals(PackageIndex.RELEASE)
                || !Arrays.equals(tar.content().readNBytes(release.length + 1), release)) {
            throw new BadBundleException(
                    "%s has no %s for its index".formatted(item.path(), PackageIndex.RELEASE));
        }
        var index = PackageIndex.parse(new String(bytes, StandardCharsets.UTF_8));
        var missing = index.byFile();
        for (var entry = tar.next(); entry.isPresent(); entry = tar.next()) {
            var deb = missing.remove(entry.get().name());
            if (deb == null) {
                throw new BadBundleException(
                        "the index of %s does not name its %s"
                                .formatted(item.path(), entry.get().name()));
            }
            var digest = new DigestInputStream(tar.content(), Digests.sha256());
            digest.transferTo(OutputStream.nullOutputStream());
            if (entry.get().sizeBytes() != deb.size()
                    || !HexFormat.of()
                            .formatHex(digest.getMessageDigest().digest())
                            .equals(deb.sha256())) {
                throw new BadBundleException(
                        "in %s the file %s is not the one of its index"
                                .formatted(item.path(), deb.file()));
            }
            if (!List.of("all", item.arch()).contains(deb.arch())) {
                throw new BadBundleException(
                        "in %s the file %s is for %s"
                                .formatted(item.path(), deb.file(), deb.arch()));
            }
        }
        if (!missing.isEmpty()) {
            throw new BadBundleException(
                    "%s has no %s"
                            .formatted(item.path(), new ArrayList<>(missing.keySet()).getFirst()));
        }
        if (!wanted(index).equals(item.packages())) {
            throw new BadBundleException(
                    "%s has %s, the manifest says %s"
                            .formatted(item.path(), wanted(index), item.packages()));
        }
    }
}
