package io.davit.common;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.GroupPrincipal;
import java.nio.file.attribute.PosixFileAttributeView;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.nio.file.attribute.UserPrincipal;
import java.util.EnumSet;
import java.util.Optional;
import java.util.Set;

/**
 * Files that are either the old ones or the new ones, whatever happens meanwhile.
 *
 * <p>1. a temporary file in the same directory, created for its owner alone; 2. owner, then mode,
 * before any content is in it; 3. content, fsync; 4. rename over the target; 5. fsync of the
 * directory. A crash leaves at most a temporary file, which the next write to the same target
 * removes. All of it goes to the file that was created, and through no link that is put in its
 * place meanwhile.
 */
public final class AtomicFiles {

    private static final int PRIVATE = 0600;

    private AtomicFiles() {}

    /** Who owns a file. */
    public record Ownership(String owner, String group) {}

    /** Replaces the file; mode as in {@code 0640}, owner and group stay those of this process. */
    public static void write(Path target, byte[] content, int mode) throws IOException {
        write(target, content, mode, Optional.empty());
    }

    /** Replaces the file, with these permission bits and this owner. */
    public static void write(Path target, byte[] content, int mode, Optional<Ownership> ownership)
            throws IOException {
        Path temporary = temporaryFor(target);
        Files.deleteIfExists(temporary);
        try {
            try (var channel =
                    FileChannel.open(
                            temporary,
                            Set.of(
                                    StandardOpenOption.CREATE_NEW,
                                    StandardOpenOption.WRITE,
                                    LinkOption.NOFOLLOW_LINKS),
                            PosixFilePermissions.asFileAttribute(permissions(PRIVATE)))) {
                if (ownership.isPresent()) {
                    chown(temporary, ownership.get());
                }
                if (mode != PRIVATE) {
                    Files.getFileAttributeView(
                                    temporary,
                                    PosixFileAttributeView.class,
                                    LinkOption.NOFOLLOW_LINKS)
                            .setPermissions(permissions(mode));
                }
                var buffer = ByteBuffer.wrap(content);
                while (buffer.hasRemaining()) {
                    channel.write(buffer);
                }
                channel.force(true);
            }
            Files.move(
                    temporary,
                    target,
                    StandardCopyOption.ATOMIC_MOVE,
                    StandardCopyOption.REPLACE_EXISTING);
        } catch (IOException | RuntimeException e) {
            Files.deleteIfExists(temporary);
            throw e;
        }
        syncDirectory(directoryOf(target));
    }

    /**
     * Makes a directory and those above it where they are missing; what is there stays as it is.
     */
    public static void makeDirectories(Path directory, int mode) throws IOException {
        if (!Files.isDirectory(directory)) {
            Files.createDirectories(
                    directory, PosixFilePermissions.asFileAttribute(permissions(mode)));
        }
    }

    /** Makes renames and removals in this directory last. */
    public static void syncDirectory(Path directory) throws IOException {
        try (var channel = FileChannel.open(directory, StandardOpenOption.READ)) {
            channel.force(true);
        }
    }

    /**
     * Checks that there are such a user and group, before anything is made for them.
     *
     * @throws java.nio.file.attribute.UserPrincipalNotFoundException if one of them is missing
     */
    public static void requireKnown(Ownership ownership) throws IOException {
        principal(ownership.owner());
        groupPrincipal(ownership.group());
    }

    /** The user of a name, or of a number. */
    public static UserPrincipal principal(String user) throws IOException {
        return FileSystems.getDefault().getUserPrincipalLookupService().lookupPrincipalByName(user);
    }

    /** The group of a name, or of a number. */
    public static GroupPrincipal groupPrincipal(String group) throws IOException {
        return FileSystems.getDefault()
                .getUserPrincipalLookupService()
                .lookupPrincipalByGroupName(group);
    }

    /** Changes owner and group, without following a link. */
    public static void chown(Path path, Ownership ownership) throws IOException {
        UserPrincipal owner = principal(ownership.owner());
        GroupPrincipal group = groupPrincipal(ownership.group());
        var view =
                Files.getFileAttributeView(
                        path, PosixFileAttributeView.class, LinkOption.NOFOLLOW_LINKS);
        view.setOwner(owner);
        view.setGroup(group);
    }

    /** The permission set of the lowest nine bits of {@code mode}. */
    public static Set<PosixFilePermission> permissions(int mode) {
        var set = EnumSet.noneOf(PosixFilePermission.class);
        var inOrder =
                PosixFilePermission.values(); // OWNER_READ … OTHERS_EXECUTE, the order of the bits
        for (int bit = 0; bit < 9; bit++) {
            if ((mode & (0400 >> bit)) != 0) {
                set.add(inOrder[bit]);
            }
        }
        return set;
    }

    private static Path temporaryFor(Path target) {
        return directoryOf(target).resolve("." + target.getFileName() + ".davit-new");
    }

    private static Path directoryOf(Path target) {
        Path parent = target.toAbsolutePath().getParent();
        if (parent == null) {
            throw new IllegalArgumentException("cannot write " + target + ": it has no directory");
        }
        return parent;
    }
}
