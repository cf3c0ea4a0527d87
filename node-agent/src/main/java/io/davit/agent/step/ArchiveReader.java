package io.davit.agent.step;

import io.davit.agent.profile.Artifact.Member;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.zip.GZIPInputStream;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;

/**
 * Takes known members out of a tar.gz, by name. An archive with an absolute name or a name with
 * {@code ..} in it is refused whole; so is one where a wanted member is not a plain file, stands
 * there twice, carries setuid or setgid, or is too large. Everything else in it is passed over.
 */
final class ArchiveReader {

    /** etcd's programs have some 30 MiB each. */
    static final long LONGEST_MEMBER = 512L * 1024 * 1024;

    private static final long LONGEST_WHOLE = 2048L * 1024 * 1024;
    private static final int MOST_ENTRIES = 10_000;
    private static final Pattern ONE_DIRECTORY_DEEP = Pattern.compile("(\\./)?([^/]+/)?([^/]+)");

    private final List<Member> members;
    private final long longestMember;

    ArchiveReader(List<Member> members, long longestMember) {
        this.members = List.copyOf(members);
        this.longestMember = longestMember;
    }

    /**
     * Unpacks into an empty directory, each member under its own file name with mode 0755, fsynced.
     *
     * @throws IOException if the archive is refused; the directory is then of no use
     */
    void unpack(Path archive, Path into) throws IOException {
        Set<String> found = new HashSet<>();
        try (var file = new BufferedInputStream(Files.newInputStream(archive), 128 * 1024);
                var bounded =
                        new BoundedStream(new GZIPInputStream(file, 128 * 1024), LONGEST_WHOLE);
                var tar = new TarArchiveInputStream(bounded)) {
            int entries = 0;
            for (TarArchiveEntry entry = tar.getNextEntry();
                    entry != null;
                    entry = tar.getNextEntry()) {
                if (++entries > MOST_ENTRIES) {
                    throw new IOException("it has more than " + MOST_ENTRIES + " entries");
                }
                Optional<Member> member = wanted(entry.getName());
                if (member.isPresent()) {
                    take(entry, member.get(), tar, into, found);
                }
            }
        }
        for (Member member : members) {
            if (member.required() && !found.contains(member.fileName())) {
                throw new IOException("it has no " + member.fileName());
            }
        }
    }

    private Optional<Member> wanted(String name) throws IOException {
        if (name.startsWith("/") || List.of(name.split("/", -1)).contains("..")) {
            throw new IOException("it has an entry that leads outside");
        }
        var matcher = ONE_DIRECTORY_DEEP.matcher(name);
        if (!matcher.matches()) {
            return Optional.empty();
        }
        String last = matcher.group(3);
        return members.stream().filter(member -> member.fileName().equals(last)).findFirst();
    }

    private void take(
            TarArchiveEntry entry,
            Member member,
            TarArchiveInputStream tar,
            Path into,
            Set<String> found)
            throws IOException {
        String name = member.fileName();
        if (!TarEntries.isPlainFile(entry)) {
            throw new IOException("its " + name + " is not a plain file");
        }
        if (TarEntries.hasSetId(entry)) {
            throw new IOException("its " + name + " is setuid or setgid");
        }
        if (entry.getSize() > longestMember) {
            throw new IOException(
                    "its %s has %d bytes, at most %d are allowed"
                            .formatted(name, entry.getSize(), longestMember));
        }
        if (!found.add(name)) {
            throw new IOException("it has " + name + " twice");
        }
        Path target = into.resolve(name).normalize();
        if (!target.startsWith(into)) {
            throw new IOException("it has an entry that leads outside");
        }
        try (var out =
                Files.newOutputStream(
                        target,
                        StandardOpenOption.CREATE_NEW,
                        StandardOpenOption.WRITE,
                        LinkOption.NOFOLLOW_LINKS)) {
            tar.transferTo(out);
        }
        Files.setPosixFilePermissions(target, PosixFilePermissions.fromString("rwxr-xr-x"));
        try (var channel = FileChannel.open(target, StandardOpenOption.WRITE)) {
            channel.force(true);
        }
    }
}
