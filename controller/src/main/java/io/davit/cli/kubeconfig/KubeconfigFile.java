package io.davit.cli.kubeconfig;

import io.davit.common.AtomicFiles;
import io.davit.common.AtomicFiles.Ownership;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFileAttributes;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayDeque;
import java.util.Optional;

/**
 * A kubeconfig on disk: {@code 0600}, replaced as a whole, with what was there before beside it as
 * {@code FILE.bak}. A link stays a link: what it leads to is replaced. While it is read and written
 * {@code FILE.lock} keeps kubectl away, which does the same.
 */
public final class KubeconfigFile {

    private static final int PRIVATE = 0600;
    private static final int MOST_LINKS = 40;

    private final Path file;
    private final Optional<Ownership> newOwner;

    private KubeconfigFile(Path file, Optional<Ownership> newOwner) {
        this.file = file;
        this.newOwner = newOwner;
    }

    /** What is to stand in the file, by what stands there. */
    @FunctionalInterface
    public interface Change<T> {

        /**
         * Decides.
         *
         * @param existing blank where there is no file
         */
        Content<T> of(String existing) throws UnreadableKubeconfigException;
    }

    /** The new content, and what else the change has to say. */
    public record Content<T>(String text, T about) {}

    /** Another process writes the file now. */
    public static final class LockedException extends IOException {

        private static final long serialVersionUID = 1L;

        LockedException(Path lock) {
            super(lock.toString());
        }
    }

    /**
     * Finds the file.
     *
     * @param newOwner of what has to be made; what is there keeps its own
     */
    public static KubeconfigFile at(Path named, Optional<Ownership> newOwner) throws IOException {
        Path file = named.toAbsolutePath();
        for (int links = 0; Files.isSymbolicLink(file); links++) {
            if (links == MOST_LINKS) {
                throw new IOException("too many links");
            }
            file = file.resolveSibling(Files.readSymbolicLink(file)).normalize();
        }
        return new KubeconfigFile(file, newOwner);
    }

    /** Reads, asks what it shall be, keeps a backup and writes. */
    public <T> T replace(Change<T> change) throws IOException, UnreadableKubeconfigException {
        makeFolder();
        Path lock = file.resolveSibling(file.getFileName() + ".lock");
        try {
            Files.createFile(lock);
        } catch (FileAlreadyExistsException e) {
            throw new LockedException(lock);
        }
        try {
            boolean there = Files.exists(file);
            byte[] before = there ? Files.readAllBytes(file) : new byte[0];
            var content = change.of(text(before));
            var owner = there ? ownerToKeep() : newOwner;
            if (there) {
                Path backup = file.resolveSibling(file.getFileName() + ".bak");
                AtomicFiles.write(backup, before, PRIVATE, owner);
            }
            AtomicFiles.write(
                    file, content.text().getBytes(StandardCharsets.UTF_8), PRIVATE, owner);
            return content.about();
        } finally {
            Files.deleteIfExists(lock);
        }
    }

    private static String text(byte[] bytes) throws UnreadableKubeconfigException {
        try {
            return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
        } catch (CharacterCodingException e) {
            throw new UnreadableKubeconfigException(0, "it is not UTF-8");
        }
    }

    private Optional<Ownership> ownerToKeep() throws IOException {
        var attributes = Files.readAttributes(file, PosixFileAttributes.class);
        return attributes.owner().getName().equals(System.getProperty("user.name"))
                ? Optional.empty()
                : Optional.of(
                        new Ownership(attributes.owner().getName(), attributes.group().getName()));
    }

    private void makeFolder() throws IOException {
        var missing = new ArrayDeque<Path>();
        for (Path path = file.getParent();
                path != null && !Files.exists(path);
                path = path.getParent()) {
            missing.push(path);
        }
        for (Path path : missing) {
            Files.createDirectory(
                    path,
                    PosixFilePermissions.asFileAttribute(
                            PosixFilePermissions.fromString("rwx------")));
            if (newOwner.isPresent()) {
                AtomicFiles.chown(path, newOwner.get());
            }
        }
    }
}
