package io.davit.agent.upgrade;

import io.davit.agent.step.BoundedStream;
import io.davit.agent.step.TarEntries;
import io.davit.common.AtomicFiles;
import io.davit.common.DavitVersion;
import io.davit.common.Digests;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import java.util.zip.GZIPInputStream;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;

/**
 * Unpacks a build of the agent and holds it to its own list of contents.
 *
 * <ol>
 *   <li>An archive has plain files and directories with these names and no others: {@code
 *       SHA256SUMS}, {@code VERSION}, {@code LICENSE}, {@code bin/davit-agent}, {@code
 *       lib/NAME.jar}, {@code lib/agent.aot}, and what is below {@code runtime/}. One with a link,
 *       a device, setuid or setgid, a name twice, or too much of anything is refused whole.
 *   <li>Modes are 0755 or 0644, owners this process'. Times are kept, since Java uses what was
 *       recorded of a start only while no jar is newer.
 *   <li>{@code SHA256SUMS} must name every file, each with its digest; its own digest is in the
 *       build's name.
 * </ol>
 */
final class BuildReader {

    private static final long LONGEST_MEMBER = 256L * 1024 * 1024;
    private static final long LONGEST_WHOLE = 1024L * 1024 * 1024;
    private static final int MOST_ENTRIES = 5_000;
    private static final String SUMS = "SHA256SUMS";
    private static final Pattern FILE =
            Pattern.compile(
                    "SHA256SUMS|VERSION|LICENSE|bin/davit-agent|lib/agent\\.aot"
                            + "|lib/[A-Za-z0-9][A-Za-z0-9._+-]{0,127}\\.jar"
                            + "|runtime(/[A-Za-z0-9_][A-Za-z0-9._+$-]{0,127}){1,8}");
    private static final Pattern DIRECTORY =
            Pattern.compile("bin|lib|runtime(/[A-Za-z0-9_][A-Za-z0-9._+$-]{0,127}){0,7}");
    private static final Pattern SUM = Pattern.compile("([0-9a-f]{64}) [ *](.{1,1100})");

    private BuildReader() {}

    /**
     * Unpacks into an empty directory.
     *
     * @throws IOException if the archive is refused; the directory is then of no use
     */
    static void unpack(Path archive, Path into) throws IOException {
        var directories = new LinkedHashMap<Path, FileTime>();
        var names = new TreeSet<String>();
        try (var file = new BufferedInputStream(Files.newInputStream(archive), 128 * 1024);
                var bounded =
                        new BoundedStream(new GZIPInputStream(file, 128 * 1024), LONGEST_WHOLE);
                var tar = new TarArchiveInputStream(bounded)) {
            for (TarArchiveEntry entry = tar.getNextEntry();
                    entry != null;
                    entry = tar.getNextEntry()) {
                String name = name(entry);
                if (name.isEmpty()) {
                    directories.put(into, entry.getLastModifiedTime());
                    continue;
                }
                if (!names.add(name)) {
                    throw new IOException("it has " + name + " twice");
                }
                if (names.size() > MOST_ENTRIES) {
                    throw new IOException("it has more than " + MOST_ENTRIES + " entries");
                }
                Path target = into.resolve(name).normalize();
                if (!target.startsWith(into)) {
                    throw new IOException("it has an entry that leads outside");
                }
                if (entry.isDirectory()) {
                    Files.createDirectories(target);
                    directories.put(target, entry.getLastModifiedTime());
                } else {
                    file(entry, tar, target);
                }
            }
        }
        for (var directory : directories.entrySet()) {
            Files.setPosixFilePermissions(directory.getKey(), AtomicFiles.permissions(0755));
            Files.setLastModifiedTime(directory.getKey(), directory.getValue());
        }
    }

    private static String name(TarArchiveEntry entry) throws IOException {
        String name = entry.getName().replaceFirst("^\\./", "").replaceFirst("/$", "");
        // a link whose name ends with a slash says of itself that it is a directory
        if (TarEntries.isSpecial(entry) || !(entry.isDirectory() || entry.isFile())) {
            throw new IOException("an entry of it is neither a plain file nor a directory");
        }
        if (TarEntries.hasSetId(entry)) {
            throw new IOException("an entry of it is setuid or setgid");
        }
        boolean known =
                entry.isDirectory()
                        ? name.isEmpty() || name.equals(".") || DIRECTORY.matcher(name).matches()
                        : FILE.matcher(name).matches();
        if (!known) {
            throw new IOException("it has an entry that no build has: " + safe(name));
        }
        if (entry.getSize() > LONGEST_MEMBER) {
            throw new IOException(
                    "its %s has %d bytes, at most %d are allowed"
                            .formatted(name, entry.getSize(), LONGEST_MEMBER));
        }
        return name.equals(".") ? "" : name;
    }

    private static String safe(String name) {
        String shown = name.replaceAll("[^A-Za-z0-9._/+-]", "?");
        return shown.length() > 100 ? shown.substring(0, 100) + "…" : shown;
    }

    private static void file(TarArchiveEntry entry, TarArchiveInputStream tar, Path target)
            throws IOException {
        Files.createDirectories(target.getParent());
        try (var out =
                Files.newOutputStream(
                        target,
                        StandardOpenOption.CREATE_NEW,
                        StandardOpenOption.WRITE,
                        LinkOption.NOFOLLOW_LINKS)) {
            tar.transferTo(out);
        }
        Files.setPosixFilePermissions(
                target, AtomicFiles.permissions((entry.getMode() & 0100) != 0 ? 0755 : 0644));
        Files.setLastModifiedTime(target, entry.getLastModifiedTime());
    }

    /**
     * Holds what lies in a directory to its SHA256SUMS and to what it should be.
     *
     * @throws IOException if it differs; the message says in what
     */
    static void verify(Path tree, String version, String build) throws IOException {
        Path sums = tree.resolve(SUMS);
        if (!Files.isRegularFile(sums, LinkOption.NOFOLLOW_LINKS)) {
            throw new IOException("it has no " + SUMS);
        }
        String actual = DavitVersion.build(version, Digests.sha256Hex(sums));
        if (!actual.equals(build)) {
            throw new IOException("it is build " + actual + ", not " + build);
        }
        Map<String, String> wanted = sums(sums);
        for (String needed : List.of("VERSION", "bin/davit-agent", "lib/davit-agent.jar")) {
            if (!wanted.containsKey(needed)) {
                throw new IOException("it has no " + needed);
            }
        }
        var there = files(tree);
        there.remove(SUMS);
        if (!there.keySet().equals(wanted.keySet())) {
            var difference = new TreeSet<>(there.keySet());
            difference.removeAll(wanted.keySet());
            var missing = new TreeSet<>(wanted.keySet());
            missing.removeAll(there.keySet());
            throw new IOException(
                    "its files are not those of its SHA256SUMS: "
                            + Stream.concat(
                                            difference.stream().map(name -> safe(name) + " more"),
                                            missing.stream().map(name -> safe(name) + " missing"))
                                    .limit(3)
                                    .toList());
        }
        for (var file : wanted.entrySet()) {
            if (!Digests.sha256Hex(tree.resolve(file.getKey())).equals(file.getValue())) {
                throw new IOException(
                        "its %s is not that of its SHA256SUMS".formatted(file.getKey()));
            }
        }
        String says = Files.readString(tree.resolve("VERSION"), StandardCharsets.US_ASCII).strip();
        if (!says.equals(version)) {
            throw new IOException("its VERSION is " + safe(says) + ", not " + version);
        }
    }

    private static Map<String, String> sums(Path file) throws IOException {
        var sums = new TreeMap<String, String>();
        for (String line : Files.readAllLines(file, StandardCharsets.US_ASCII)) {
            var matcher = SUM.matcher(line);
            if (!matcher.matches() || !FILE.matcher(matcher.group(2)).matches()) {
                throw new IOException("its SHA256SUMS has a line that none has");
            }
            sums.put(matcher.group(2), matcher.group(1));
        }
        return sums;
    }

    /** Names of all that is no directory; a package has links among its legal notices. */
    private static Map<String, Path> files(Path tree) throws IOException {
        var files = new TreeMap<String, Path>();
        try {
            Files.walkFileTree(
                    tree,
                    new SimpleFileVisitor<>() {
                        @Override
                        public FileVisitResult visitFile(
                                Path file, BasicFileAttributes attributes) {
                            files.put(tree.relativize(file).toString(), file);
                            return FileVisitResult.CONTINUE;
                        }
                    });
        } catch (UncheckedIOException e) {
            throw new IOException("cannot read it: " + e.getMessage(), e);
        }
        return files;
    }
}
