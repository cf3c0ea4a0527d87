package io.davit.cli.kubeconfig;

import io.davit.cli.folder.Trail;
import io.davit.common.AtomicFiles.Ownership;
import io.davit.controller.disk.OpenFolder;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFileAttributes;
import java.util.Optional;

/**
 * A kubeconfig on disk: {@code 0600}, replaced as a whole, with what was there before beside it as
 * {@code FILE.bak}. A link stays a link: what it leads to is replaced, except that root follows
 * none where somebody else may put them. While it is read and written {@code FILE.lock} keeps
 * kubectl away, which does the same beside the name that it is given, link or not.
 */
public final class KubeconfigFile {

    private final Trail file;
    private final Trail lock;
    private final Path lockPath;
    private final Optional<Ownership> newOwner;

    private KubeconfigFile(Trail file, Trail lock, Path lockPath, Optional<Ownership> newOwner) {
        this.file = file;
        this.lock = lock;
        this.lockPath = lockPath;
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
        return at(named, newOwner, System.getProperty("user.name").equals("root"));
    }

    static KubeconfigFile at(Path named, Optional<Ownership> newOwner, boolean mighty)
            throws IOException {
        Path file = named.toAbsolutePath();
        Path lock = file.resolveSibling(file.getFileName() + ".lock");
        return new KubeconfigFile(Trail.of(file, mighty), Trail.of(lock, mighty), lock, newOwner);
    }

    /**
     * What stands in it, blank where there is no file; afterwards it is known that it could be
     * replaced now.
     */
    public String look() throws IOException, UnreadableKubeconfigException {
        return locked(folder -> text(before(folder)));
    }

    /** Reads, asks what it shall be, keeps a backup and writes. */
    public <T> T replace(Change<T> change) throws IOException, UnreadableKubeconfigException {
        return locked(folder -> {
            var attributes = folder.file(file.name());
            byte[] before = before(folder);
            var content = change.of(text(before));
            var owner = attributes.isPresent() ? ownerToKeep(attributes.get()) : newOwner;
            if (attributes.isPresent()) {
                folder.replace(file.name() + ".bak", before, owner);
            }
            folder.replace(file.name(), content.text().getBytes(StandardCharsets.UTF_8), owner);
            return content.about();
        });
    }

    private interface Work<T> {
        T in(OpenFolder folder) throws IOException, UnreadableKubeconfigException;
    }

    private <T> T locked(Work<T> work) throws IOException, UnreadableKubeconfigException {
        try (var folder = file.open(newOwner);
                var beside = lock.open(newOwner);
                var held = LockFile.take(beside, lock.name(), lockPath)) {
            return work.in(folder);
        }
    }

    private byte[] before(OpenFolder folder) throws IOException {
        return folder.file(file.name()).isPresent() ? folder.read(file.name()) : new byte[0];
    }

    private static String text(byte[] bytes) throws UnreadableKubeconfigException {
        try {
            return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
        } catch (CharacterCodingException e) {
            throw new UnreadableKubeconfigException(0, "it is not UTF-8");
        }
    }

    private static Optional<Ownership> ownerToKeep(PosixFileAttributes attributes) {
        return attributes.owner().getName().equals(System.getProperty("user.name"))
                ? Optional.empty()
                : Optional.of(
                        new Ownership(attributes.owner().getName(), attributes.group().getName()));
    }
}
