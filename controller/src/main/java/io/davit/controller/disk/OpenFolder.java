package io.davit.controller.disk;

import io.davit.common.AtomicFiles;
import io.davit.common.AtomicFiles.Ownership;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.channels.Channel;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.channels.SeekableByteChannel;
import java.nio.file.DirectoryStream;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.SecureDirectoryStream;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFileAttributeView;
import java.nio.file.attribute.PosixFileAttributes;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * A folder that is held open, so that what is read and written in it is in it, whatever somebody
 * puts in its path meanwhile.
 *
 * <ol>
 *   <li>From a folder that is known, every one is opened from the one above it, and never through a
 *       link.
 *   <li>Missing ones are made, 0700, and given to whom they are for.
 *   <li>Files are made new beside their place, 0600, given away before anything is in them, and
 *       renamed there. What is read is a file and no link to one.
 * </ol>
 *
 * So nothing outside is read, written or given away. A second hard link to somebody else's file is
 * left to the kernel ({@code fs.protected_hardlinks}).
 */
public final class OpenFolder implements AutoCloseable {

    private final SecureDirectoryStream<Path> folder;
    private final Path path;

    private OpenFolder(SecureDirectoryStream<Path> folder, Path path) {
        this.folder = folder;
        this.path = path;
    }

    /** There is a link, or something else that is no folder or no file, where none is followed. */
    public static final class LinkRefusedException extends IOException {

        private static final long serialVersionUID = 1L;

        LinkRefusedException(Path path, String wanted) {
            super(path + " is a link, or no " + wanted);
        }
    }

    /** Opens a folder that is there; links in its path are followed. */
    public static OpenFolder at(Path folder) throws IOException {
        return below(folder, List.of(), Optional.empty());
    }

    /**
     * Opens a folder; links in the path to the start are followed.
     *
     * @param start exists
     * @param names from the start down; what is missing is made
     * @param newOwner of what is made
     * @throws LinkRefusedException if one of the names is a link, or no folder
     */
    public static OpenFolder below(Path start, List<Path> names, Optional<Ownership> newOwner)
            throws IOException {
        Path at = start;
        var open = secure(Files.newDirectoryStream(start), start);
        try {
            for (Path name : names) {
                at = at.resolve(name);
                var inside = enter(open, at, name, newOwner);
                open.close();
                open = inside;
            }
        } catch (IOException | RuntimeException e) {
            open.close();
            throw e;
        }
        return new OpenFolder(open, at);
    }

    private static SecureDirectoryStream<Path> secure(DirectoryStream<Path> stream, Path path)
            throws IOException {
        if (stream instanceof SecureDirectoryStream<Path> secure) {
            return secure;
        }
        stream.close();
        throw new IOException(path + " is on a file system where links cannot be ruled out");
    }

    private static SecureDirectoryStream<Path> enter(
            SecureDirectoryStream<Path> open, Path path, Path name, Optional<Ownership> newOwner)
            throws IOException {
        try {
            return enter(open, path, name);
        } catch (NoSuchFileException absent) {
            try {
                Files.createDirectory(
                        path, PosixFilePermissions.asFileAttribute(AtomicFiles.permissions(0700)));
            } catch (FileAlreadyExistsException meanwhile) {
                return enter(open, path, name, newOwner);
            }
            if (newOwner.isPresent()) {
                give(open, name, newOwner.get());
            }
            return enter(open, path, name, newOwner);
        }
    }

    private static SecureDirectoryStream<Path> enter(
            SecureDirectoryStream<Path> open, Path path, Path name) throws IOException {
        try {
            return open.newDirectoryStream(name, LinkOption.NOFOLLOW_LINKS);
        } catch (NoSuchFileException absent) {
            throw new NoSuchFileException(path.toString());
        } catch (FileSystemException e) {
            if (attributes(open, name).map(there -> there.isDirectory()).orElse(false)) {
                throw e;
            }
            throw new LinkRefusedException(path, "folder");
        }
    }

    /**
     * What is known of a file.
     *
     * @return empty: there is none
     * @throws LinkRefusedException if there is something else of this name
     */
    public Optional<PosixFileAttributes> file(String name) throws IOException {
        var there = attributes(folder, Path.of(name));
        if (there.isPresent() && !there.get().isRegularFile()) {
            throw new LinkRefusedException(path.resolve(name), "file");
        }
        return there;
    }

    /** Reads a whole file, as {@link #open} does. */
    public byte[] read(String name) throws IOException {
        try (var content = open(name)) {
            return content.readAllBytes();
        }
    }

    /**
     * Opens a file for reading; the folder may be closed before it.
     *
     * @throws NoSuchFileException if there is none
     * @throws LinkRefusedException if there is something else of this name
     */
    public InputStream open(String name) throws IOException {
        if (file(name).isEmpty()) {
            throw new NoSuchFileException(path.resolve(name).toString());
        }
        return Channels.newInputStream(
                folder.newByteChannel(
                        Path.of(name), Set.of(StandardOpenOption.READ, LinkOption.NOFOLLOW_LINKS)));
    }

    /**
     * Opens a folder that is in this one.
     *
     * @throws NoSuchFileException if there is none
     * @throws LinkRefusedException if there is something else of this name
     */
    public OpenFolder inside(String name) throws IOException {
        Path there = path.resolve(name);
        return new OpenFolder(enter(folder, there, Path.of(name)), there);
    }

    /**
     * Makes an empty file.
     *
     * @throws FileAlreadyExistsException if something of this name is there, a link to nowhere too
     */
    public void create(String name) throws IOException {
        make(Path.of(name)).close();
    }

    /** Removes a file that may be there. */
    public void delete(String name) throws IOException {
        try {
            folder.deleteFile(Path.of(name));
        } catch (NoSuchFileException none) {
            // as it should be
        }
    }

    /** Puts a file there, 0600, in one go and for good. */
    public void replace(String name, byte[] content, Optional<Ownership> owner) throws IOException {
        replace(name, new ByteArrayInputStream(content), owner);
    }

    /** The same with what the stream has. */
    public void replace(String name, InputStream content, Optional<Ownership> owner)
            throws IOException {
        Path temporary = Path.of("." + name + ".davit-new");
        delete(temporary.toString());
        try (var channel = make(temporary)) {
            if (owner.isPresent()) {
                give(folder, temporary, owner.get());
            }
            content.transferTo(Channels.newOutputStream(channel));
            sync(channel);
        } catch (IOException | RuntimeException e) {
            delete(temporary.toString());
            throw e;
        }
        folder.move(temporary, folder, Path.of(name));
        try (var itself = folder.newByteChannel(Path.of("."), Set.of(StandardOpenOption.READ))) {
            sync(itself);
        }
    }

    /**
     * Gives the folder away with all files and folders that are in it. Links stay whose they are,
     * and nobody's are followed: the new owner may own some of it already. The folder goes last.
     */
    public void give(Ownership owner) throws IOException {
        giveAll(folder, path, owner);
    }

    private static void giveAll(SecureDirectoryStream<Path> open, Path path, Ownership owner)
            throws IOException {
        for (Path each : open) {
            Path name = each.getFileName();
            var there = attributes(open, name);
            if (there.isPresent() && there.get().isDirectory()) {
                try (var inside = enter(open, path.resolve(name), name)) {
                    giveAll(inside, path.resolve(name), owner);
                }
            } else if (there.isPresent() && there.get().isRegularFile()) {
                give(open, name, owner);
            }
        }
        give(open.getFileAttributeView(PosixFileAttributeView.class), owner);
    }

    private SeekableByteChannel make(Path name) throws IOException {
        return folder.newByteChannel(
                name,
                Set.of(
                        StandardOpenOption.CREATE_NEW,
                        StandardOpenOption.WRITE,
                        LinkOption.NOFOLLOW_LINKS),
                PosixFilePermissions.asFileAttribute(AtomicFiles.permissions(0600)));
    }

    private static void sync(Channel channel) throws IOException {
        if (channel instanceof FileChannel file) {
            file.force(true);
        }
    }

    private static Optional<PosixFileAttributes> attributes(
            SecureDirectoryStream<Path> folder, Path name) throws IOException {
        try {
            return Optional.of(view(folder, name).readAttributes());
        } catch (NoSuchFileException none) {
            return Optional.empty();
        }
    }

    private static void give(SecureDirectoryStream<Path> folder, Path name, Ownership owner)
            throws IOException {
        give(view(folder, name), owner);
    }

    private static void give(PosixFileAttributeView view, Ownership owner) throws IOException {
        view.setOwner(AtomicFiles.principal(owner.owner()));
        view.setGroup(AtomicFiles.groupPrincipal(owner.group()));
    }

    private static PosixFileAttributeView view(SecureDirectoryStream<Path> folder, Path name) {
        return folder.getFileAttributeView(
                name, PosixFileAttributeView.class, LinkOption.NOFOLLOW_LINKS);
    }

    @Override
    public void close() throws IOException {
        folder.close();
    }
}
