package io.davit.agent.system;

import io.davit.common.AtomicFiles;
import io.davit.common.Digests;
import java.io.IOException;
import java.io.InputStream;
import java.nio.channels.FileChannel;
import java.nio.file.FileStore;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermission;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.UnaryOperator;

/**
 * The files below a root: the host's own, or a directory that a test made. Everything is replaced
 * atomically with mode and owner set before content is visible; digests of unchanged files are
 * remembered by inode, size and change time.
 */
public final class HostFiles implements FileView {

    private record Known(String stamp, String digest) {}

    private final Path root;
    private final UnaryOperator<String> names;
    private final Map<String, Known> digests = new ConcurrentHashMap<>();

    /**
     * @param names the user or group that really stands for a named one; tests run as one user
     */
    public HostFiles(Path root, UnaryOperator<String> names) {
        this.root = root;
        this.names = names;
    }

    /** The host's files. */
    public static HostFiles ofHost() {
        return new HostFiles(Path.of("/"), UnaryOperator.identity());
    }

    /** Where a path of the host really is. */
    public Path resolve(String path) {
        if (!path.startsWith("/")) {
            throw new IllegalArgumentException("cannot use path " + path + ": it is not absolute");
        }
        return root.resolve(path.substring(1));
    }

    @Override
    public Optional<FileStatus> status(String path) throws IOException {
        Map<String, Object> attributes;
        try {
            attributes = Files.readAttributes(resolve(path), "unix:*", LinkOption.NOFOLLOW_LINKS);
        } catch (NoSuchFileException e) {
            return Optional.empty();
        } catch (IOException e) {
            if (Files.notExists(resolve(path), LinkOption.NOFOLLOW_LINKS)) {
                return Optional.empty(); // a parent is not a directory
            }
            throw e;
        }
        FileStatus.Kind kind = FileStatus.Kind.OTHER;
        if (Boolean.TRUE.equals(attributes.get("isSymbolicLink"))) {
            kind = FileStatus.Kind.LINK;
        } else if (Boolean.TRUE.equals(attributes.get("isRegularFile"))) {
            kind = FileStatus.Kind.FILE;
        } else if (Boolean.TRUE.equals(attributes.get("isDirectory"))) {
            kind = FileStatus.Kind.DIRECTORY;
        }
        long size = number(attributes, "size");
        String stamp =
                "%s:%s:%d:%s:%s"
                        .formatted(
                                attributes.get("dev"),
                                attributes.get("ino"),
                                size,
                                attributes.get("ctime"),
                                attributes.get("lastModifiedTime"));
        return Optional.of(
                new FileStatus(
                        kind,
                        (int) number(attributes, "mode") & 0777,
                        String.valueOf(attributes.get("owner")),
                        String.valueOf(attributes.get("group")),
                        size,
                        stamp,
                        attributes.get("ctime") instanceof FileTime changed
                                ? changed.toInstant()
                                : Instant.MAX));
    }

    private static long number(Map<String, Object> attributes, String name) {
        return attributes.get(name) instanceof Number value ? value.longValue() : 0;
    }

    @Override
    public byte[] read(String path, int limitBytes) throws IOException {
        Path file = resolve(path);
        if (!Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS)) {
            throw new IOException(
                    Files.exists(file, LinkOption.NOFOLLOW_LINKS)
                            ? path + " is not a regular file"
                            : path + " does not exist");
        }
        try (InputStream in = Files.newInputStream(file)) {
            byte[] content = in.readNBytes(limitBytes + 1);
            if (content.length > limitBytes) {
                throw new IOException(path + " is longer than " + limitBytes + " bytes");
            }
            return content;
        }
    }

    @Override
    public Optional<String> digest(String path) throws IOException {
        var status = status(path);
        if (status.isEmpty() || !status.get().isFile()) {
            throw new IOException(path + " is not a regular file");
        }
        Known known = digests.get(path);
        if (known == null || !known.stamp().equals(status.get().stamp())) {
            known = new Known(status.get().stamp(), Digests.sha256Hex(resolve(path)));
            digests.put(path, known);
        }
        return Optional.of(known.digest());
    }

    @Override
    public List<String> list(String directory) throws IOException {
        Path path = resolve(directory);
        if (!Files.isDirectory(path, LinkOption.NOFOLLOW_LINKS)) {
            return List.of();
        }
        try (var entries = Files.list(path)) {
            return entries.map(entry -> entry.getFileName().toString()).sorted().toList();
        }
    }

    @Override
    public Optional<String> linkTarget(String path) throws IOException {
        Path link = resolve(path);
        return Files.isSymbolicLink(link)
                ? Optional.of(Files.readSymbolicLink(link).toString())
                : Optional.empty();
    }

    @Override
    public long freeBytes(String path) throws IOException {
        return store(path).getUsableSpace();
    }

    @Override
    public long sizeBytes(String path) throws IOException {
        return store(path).getTotalSpace();
    }

    private FileStore store(String path) throws IOException {
        Path at = resolve(path);
        while (!Files.exists(at)) {
            Path parent = at.getParent();
            if (parent == null) {
                break;
            }
            at = parent;
        }
        return Files.getFileStore(at);
    }

    @Override
    public boolean ownedBy(FileStatus status, String owner, String group) {
        return status.owner().equals(names.apply(owner))
                && status.group().equals(names.apply(group));
    }

    /** Replaces a file atomically. */
    public void write(String path, byte[] content, int mode, String owner, String group)
            throws IOException {
        AtomicFiles.write(
                resolve(path),
                content,
                mode,
                Optional.of(new AtomicFiles.Ownership(names.apply(owner), names.apply(group))));
    }

    /** Makes one directory, or gives an existing one this mode and owner. */
    public void makeDirectory(String path, int mode, String owner, String group)
            throws IOException {
        Path directory = resolve(path);
        if (!Files.isDirectory(directory, LinkOption.NOFOLLOW_LINKS)) {
            Files.createDirectory(directory);
        }
        AtomicFiles.chown(
                directory, new AtomicFiles.Ownership(names.apply(owner), names.apply(group)));
        Files.setPosixFilePermissions(directory, AtomicFiles.permissions(mode));
        AtomicFiles.syncDirectory(parentOf(directory));
    }

    /** Makes a directory of the agent's own, with all its parents. */
    public void makeOwnDirectories(String path, int mode) throws IOException {
        Path directory = resolve(path);
        if (!Files.isDirectory(directory)) {
            Files.createDirectories(directory);
            Files.setPosixFilePermissions(directory, AtomicFiles.permissions(mode));
        }
    }

    /** Points a link somewhere, atomically; replaces what was there. */
    public void link(String path, String target) throws IOException {
        Path link = resolve(path);
        Path temporary = link.resolveSibling("." + link.getFileName() + ".davit-new");
        Files.deleteIfExists(temporary);
        Files.createSymbolicLink(temporary, Path.of(target));
        Files.move(temporary, link, StandardCopyOption.ATOMIC_MOVE);
        AtomicFiles.syncDirectory(parentOf(link));
    }

    /** Copies a file of any size to another place, atomically. */
    public void copy(String from, String to, int mode) throws IOException {
        Path target = resolve(to);
        Path temporary = target.resolveSibling("." + target.getFileName() + ".davit-new");
        Files.copy(resolve(from), temporary, StandardCopyOption.REPLACE_EXISTING);
        Files.setPosixFilePermissions(temporary, AtomicFiles.permissions(mode));
        try (var channel = FileChannel.open(temporary, StandardOpenOption.WRITE)) {
            channel.force(true);
        }
        Files.move(temporary, target, StandardCopyOption.ATOMIC_MOVE);
        AtomicFiles.syncDirectory(parentOf(target));
    }

    /** Gives a finished file or directory its final name, on the same file system. */
    public void rename(String from, String to) throws IOException {
        Files.move(resolve(from), resolve(to), StandardCopyOption.ATOMIC_MOVE);
        AtomicFiles.syncDirectory(parentOf(resolve(to)));
    }

    /** Mode and owner of what is already there. */
    public void setMode(String path, int mode) throws IOException {
        Set<PosixFilePermission> permissions = AtomicFiles.permissions(mode);
        Files.setPosixFilePermissions(resolve(path), permissions);
    }

    /** Removes a file, a link or an empty directory, if it is there. */
    public boolean delete(String path) throws IOException {
        Path gone = resolve(path);
        boolean deleted = Files.deleteIfExists(gone);
        if (deleted) {
            AtomicFiles.syncDirectory(parentOf(gone));
        }
        return deleted;
    }

    /** Removes a directory of the agent's own with the files in it (one level). */
    public void deleteFlatDirectory(String path) throws IOException {
        for (String name : list(path)) {
            Files.delete(resolve(path).resolve(name));
        }
        delete(path);
    }

    private static Path parentOf(Path path) {
        Path parent = path.getParent();
        if (parent == null) {
            throw new IllegalArgumentException("cannot change " + path + ": it has no directory");
        }
        return parent;
    }
}
