package io.davit.cli;

import io.davit.common.AtomicFiles;
import io.davit.common.AtomicFiles.Ownership;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.SecureDirectoryStream;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFileAttributeView;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Map;
import java.util.Set;

/**
 * Writes as root into a folder below a person's home, where that person may put anything, at any
 * moment.
 *
 * <ol>
 *   <li>From the home on, every folder is opened from the one above it, and never through a link.
 *   <li>Missing ones are made, 0700, and given to the person.
 *   <li>Files are made new beside their place in the folder that is open, 0600, given to the
 *       person, and renamed there.
 * </ol>
 *
 * So nothing is written or given away outside of the home, whatever is swapped meanwhile.
 */
final class HomeFolder {

    private final Path home;
    private final Ownership owner;

    HomeFolder(Path home, Ownership owner) {
        this.home = home;
        this.owner = owner;
    }

    /**
     * @param folder below the home
     * @param files contents by name
     */
    void write(Path folder, Map<String, byte[]> files) throws IOException {
        try (var top = Files.newDirectoryStream(home)) {
            descend(secure(top, home), home, home.relativize(folder), files);
        }
    }

    private void descend(
            SecureDirectoryStream<Path> open, Path at, Path below, Map<String, byte[]> files)
            throws IOException {
        Path name = below.getName(0);
        Path next = at.resolve(name);
        try (var inside = enter(open, next, name)) {
            if (below.getNameCount() > 1) {
                descend(inside, next, below.subpath(1, below.getNameCount()), files);
            } else {
                for (var file : files.entrySet()) {
                    write(inside, file.getKey(), file.getValue());
                }
            }
        }
    }

    private SecureDirectoryStream<Path> enter(
            SecureDirectoryStream<Path> open, Path path, Path name) throws IOException {
        try {
            try {
                return open.newDirectoryStream(name, LinkOption.NOFOLLOW_LINKS);
            } catch (NoSuchFileException absent) {
                Files.createDirectory(
                        path, PosixFilePermissions.asFileAttribute(AtomicFiles.permissions(0700)));
                give(open, name);
                return open.newDirectoryStream(name, LinkOption.NOFOLLOW_LINKS);
            }
        } catch (FileSystemException e) {
            throw new IOException(path + " is a link, or no folder; nothing is written there", e);
        }
    }

    private static SecureDirectoryStream<Path> secure(
            java.nio.file.DirectoryStream<Path> stream, Path path) throws IOException {
        if (stream instanceof SecureDirectoryStream<Path> secure) {
            return secure;
        }
        throw new IOException(path + " is on a file system where links cannot be ruled out");
    }

    private void write(SecureDirectoryStream<Path> folder, String name, byte[] content)
            throws IOException {
        Path temporary = Path.of("." + name + ".davit-new");
        try {
            folder.deleteFile(temporary);
        } catch (NoSuchFileException none) {
            // as it should be
        }
        try (var channel =
                folder.newByteChannel(
                        temporary,
                        Set.of(
                                StandardOpenOption.CREATE_NEW,
                                StandardOpenOption.WRITE,
                                LinkOption.NOFOLLOW_LINKS),
                        PosixFilePermissions.asFileAttribute(AtomicFiles.permissions(0600)))) {
            var buffer = ByteBuffer.wrap(content);
            while (buffer.hasRemaining()) {
                channel.write(buffer);
            }
            if (channel instanceof FileChannel file) {
                file.force(true);
            }
        }
        give(folder, temporary);
        folder.move(temporary, folder, Path.of(name));
    }

    private void give(SecureDirectoryStream<Path> folder, Path name) throws IOException {
        var lookup = home.getFileSystem().getUserPrincipalLookupService();
        var view =
                folder.getFileAttributeView(
                        name, PosixFileAttributeView.class, LinkOption.NOFOLLOW_LINKS);
        view.setOwner(lookup.lookupPrincipalByName(owner.owner()));
        view.setGroup(lookup.lookupPrincipalByGroupName(owner.group()));
    }
}
