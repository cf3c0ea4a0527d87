package io.davit.controller.backup;

import io.davit.common.AtomicFiles;
import io.davit.common.Secret;
import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.ByteArrayInputStream;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.util.Date;
import java.util.List;
import java.util.Set;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;
import org.apache.commons.compress.archivers.tar.TarArchiveOutputStream;
import org.bouncycastle.bcpg.HashAlgorithmTags;
import org.bouncycastle.bcpg.SymmetricKeyAlgorithmTags;
import org.bouncycastle.openpgp.PGPEncryptedDataGenerator;
import org.bouncycastle.openpgp.PGPEncryptedDataList;
import org.bouncycastle.openpgp.PGPException;
import org.bouncycastle.openpgp.PGPLiteralData;
import org.bouncycastle.openpgp.PGPLiteralDataGenerator;
import org.bouncycastle.openpgp.PGPPBEEncryptedData;
import org.bouncycastle.openpgp.jcajce.JcaPGPObjectFactory;
import org.bouncycastle.openpgp.operator.jcajce.JcaPGPDigestCalculatorProviderBuilder;
import org.bouncycastle.openpgp.operator.jcajce.JcePBEDataDecryptorFactoryBuilder;
import org.bouncycastle.openpgp.operator.jcajce.JcePBEKeyEncryptionMethodGenerator;
import org.bouncycastle.openpgp.operator.jcajce.JcePGPDataEncryptorBuilder;

/**
 * A tar archive in an OpenPGP message, encrypted with a passphrase: AES-256, integrity protected,
 * the key made from the passphrase by the slowest S2K that OpenPGP has (RFC 4880 §3.7.1.3, SHA-256
 * over 65,011,712 bytes). {@code gpg --decrypt FILE | tar x} opens it where there is no Davit.
 */
final class BackupFile {

    private static final int SLOWEST_S2K = 0xff;
    private static final int BUFFER = 1 << 16;

    private BackupFile() {}

    /** What is put in, under a name. */
    sealed interface Entry {
        String name();

        long size() throws IOException;

        InputStream open() throws IOException;
    }

    /** A file. */
    record Stored(String name, Path file) implements Entry {

        @Override
        public long size() throws IOException {
            return Files.size(file);
        }

        @Override
        public InputStream open() throws IOException {
            return Files.newInputStream(file);
        }
    }

    /** What must not lie on the disk a second time. */
    record InMemory(String name, Secret content) implements Entry {

        @Override
        public long size() {
            return content.reveal().length;
        }

        @Override
        public InputStream open() {
            return new ByteArrayInputStream(content.reveal());
        }
    }

    /** What is opened as it is put in, and is plain on no disk. */
    record Streamed(String name, long size, Opening opening) implements Entry {

        @Override
        public InputStream open() throws IOException {
            return opening.open();
        }
    }

    /** Opens a content. */
    interface Opening {
        InputStream open() throws IOException;
    }

    /** Sees each file that is in a backup, in order. */
    interface Visitor {
        void entry(String name, InputStream content) throws IOException;
    }

    /**
     * Writes a new file, 0600; it is there when it is whole.
     *
     * @throws IOException if there is one of that name, which is kept
     */
    static void write(Path target, Passphrase passphrase, List<Entry> entries, SecureRandom random)
            throws IOException {
        if (Files.exists(target)) {
            throw there(target);
        }
        Path directory = target.toAbsolutePath().getParent();
        Path temporary = target.resolveSibling("." + target.getFileName() + ".davit-new");
        Files.deleteIfExists(temporary);
        try {
            try (var channel =
                    FileChannel.open(
                            temporary,
                            Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE),
                            PosixFilePermissions.asFileAttribute(AtomicFiles.permissions(0600)))) {
                encrypt(
                        new BufferedOutputStream(Channels.newOutputStream(channel), BUFFER),
                        passphrase,
                        entries,
                        random,
                        () -> channel.force(true));
            }
            publish(temporary, target);
        } finally {
            Files.deleteIfExists(temporary);
        }
        if (directory != null) {
            AtomicFiles.syncDirectory(directory);
        }
    }

    private static IOException there(Path target) {
        return new FileAlreadyExistsException(
                "cannot write backup " + target + ": it exists, and none is ever overwritten");
    }

    /** By a link, which never replaces anything; a file system without links gets a rename. */
    private static void publish(Path temporary, Path target) throws IOException {
        try {
            Files.createLink(target, temporary);
        } catch (FileAlreadyExistsException e) {
            throw there(target);
        } catch (UnsupportedOperationException | IOException e) {
            if (Files.exists(target)) {
                throw there(target);
            }
            Files.move(temporary, target, StandardCopyOption.ATOMIC_MOVE);
        }
    }

    private interface Sync {
        void run() throws IOException;
    }

    private static void encrypt(
            OutputStream out,
            Passphrase passphrase,
            List<Entry> entries,
            SecureRandom random,
            Sync sync)
            throws IOException {
        try {
            var generator =
                    new PGPEncryptedDataGenerator(
                            new JcePGPDataEncryptorBuilder(SymmetricKeyAlgorithmTags.AES_256)
                                    .setWithIntegrityPacket(true)
                                    .setSecureRandom(random));
            var sha256 =
                    new JcaPGPDigestCalculatorProviderBuilder()
                            .build()
                            .get(HashAlgorithmTags.SHA256);
            generator.addMethod(
                    new JcePBEKeyEncryptionMethodGenerator(
                                    passphrase.characters(), sha256, SLOWEST_S2K)
                            .setSecureRandom(random));
            try (OutputStream encrypted = generator.open(out, new byte[BUFFER]);
                    OutputStream literal =
                            new PGPLiteralDataGenerator()
                                    .open(
                                            encrypted,
                                            PGPLiteralData.BINARY,
                                            "davit-backup.tar",
                                            new Date(0),
                                            new byte[BUFFER]);
                    var tar = new TarArchiveOutputStream(literal)) {
                tar.setBigNumberMode(TarArchiveOutputStream.BIGNUMBER_POSIX);
                for (Entry entry : entries) {
                    var header = new TarArchiveEntry(entry.name());
                    header.setSize(entry.size());
                    header.setMode(0600);
                    header.setModTime(0);
                    tar.putArchiveEntry(header);
                    try (InputStream content = entry.open()) {
                        content.transferTo(tar);
                    }
                    tar.closeArchiveEntry();
                }
            }
            out.flush();
            sync.run();
        } catch (PGPException e) {
            throw new IOException("cannot encrypt the backup: " + e.getMessage(), e);
        }
    }

    /**
     * Shows the visitor all files, and holds the whole to its integrity protection at the end: what
     * was seen is to be trusted only when this returns.
     *
     * @throws IOException if the passphrase is not its, or it is damaged, or cut
     */
    static void read(Path file, Passphrase passphrase, Visitor visitor) throws IOException {
        boolean opened = false;
        try (InputStream in = new BufferedInputStream(Files.newInputStream(file), BUFFER)) {
            PGPPBEEncryptedData data = encryptedData(in);
            InputStream clear = clear(data, passphrase);
            var objects = new JcaPGPObjectFactory(clear);
            if (!(objects.nextObject() instanceof PGPLiteralData literal)) {
                throw new IOException("no file is in it");
            }
            opened = true;
            // the outermost stream is read to its end, since only then can its protection be
            // checked
            var content = new FilterInputStream(literal.getInputStream()) {};
            var tar = new TarArchiveInputStream(content);
            for (TarArchiveEntry entry = tar.getNextEntry();
                    entry != null;
                    entry = tar.getNextEntry()) {
                if (!entry.isFile()) {
                    throw new IOException("it contains what is not a plain file");
                }
                visitor.entry(entry.getName(), tar);
            }
            content.transferTo(OutputStream.nullOutputStream());
            clear.transferTo(OutputStream.nullOutputStream());
            if (!data.verify() || in.read() != -1) {
                throw new IOException("its content does not match its integrity protection");
            }
        } catch (java.nio.file.NoSuchFileException e) {
            throw new IOException("cannot read backup " + file + ": there is no such file", e);
        } catch (IOException | PGPException | RuntimeException e) {
            throw new IOException(
                    opened
                            ? "cannot read backup %s: it is damaged or cut (%s)"
                                    .formatted(file, e.getMessage())
                            : "cannot open backup %s: the passphrase is not the one it was made with, or the file is damaged"
                                    .formatted(file),
                    e);
        }
    }

    private static PGPPBEEncryptedData encryptedData(InputStream in) throws IOException {
        if (new JcaPGPObjectFactory(in).nextObject() instanceof PGPEncryptedDataList list
                && list.size() == 1
                && list.get(0) instanceof PGPPBEEncryptedData data
                && data.isIntegrityProtected()) {
            return data;
        }
        throw new IOException("it is not an OpenPGP message encrypted with a passphrase");
    }

    private static InputStream clear(PGPPBEEncryptedData data, Passphrase passphrase)
            throws PGPException {
        return data.getDataStream(
                new JcePBEDataDecryptorFactoryBuilder(
                                new JcaPGPDigestCalculatorProviderBuilder().build())
                        .build(passphrase.characters()));
    }
}
