package io.davit.controller.snapshot;

import io.davit.common.AtomicFiles;
import io.davit.common.Secret;
import java.io.BufferedInputStream;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.GeneralSecurityException;
import java.util.Arrays;
import java.util.Objects;
import java.util.Set;
import javax.crypto.Cipher;
import javax.crypto.spec.GCMParameterSpec;
import javax.crypto.spec.SecretKeySpec;
import org.jspecify.annotations.Nullable;

/**
 * A file of any size, sealed with AES-256-GCM under a key of its own.
 *
 * <p>Form: the line {@code davit-sealed-1}, then chunks of 64 KiB, each with its tag behind it; the
 * last one may be shorter. A chunk's nonce is its number (64 bits), three zero bytes and a byte
 * that is 1 in the last chunk and 0 in all others: none can be changed, left out, moved or taken
 * for the last. The name is associated data, so that a file does not open as another one. The key
 * must seal nothing else.
 */
final class SealedFile {

    private static final byte[] MAGIC = "davit-sealed-1\n".getBytes(StandardCharsets.US_ASCII);
    private static final int CHUNK = 64 << 10;
    private static final int TAG = 16;

    private SealedFile() {}

    private static Cipher cipher(int mode, Secret key, String name, long number, boolean last) {
        try {
            byte[] nonce =
                    ByteBuffer.allocate(12).putLong(number).put(11, (byte) (last ? 1 : 0)).array();
            Cipher cipher = Cipher.getInstance("AES/GCM/NoPadding");
            cipher.init(
                    mode,
                    new SecretKeySpec(key.reveal(), "AES"),
                    new GCMParameterSpec(8 * TAG, nonce));
            cipher.updateAAD(MAGIC);
            cipher.updateAAD(name.getBytes(StandardCharsets.UTF_8));
            return cipher;
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every Java runtime has AES-GCM", e);
        }
    }

    /** Seals into a new file, 0600. What is written is never plain on the disk. */
    static final class Writer implements Closeable {

        private final FileChannel file;
        private final Secret key;
        private final String name;

        /** Kept back until it is known whether it is the last. */
        private final byte[] chunk = new byte[CHUNK];

        private int filled;
        private long number;

        private Writer(FileChannel file, Secret key, String name) {
            this.file = file;
            this.key = key;
            this.name = name;
        }

        /**
         * @param key 32 bytes
         * @throws IOException if there is such a file
         */
        static Writer create(Path path, Secret key, String name) throws IOException {
            var channel =
                    FileChannel.open(
                            path,
                            Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE),
                            PosixFilePermissions.asFileAttribute(AtomicFiles.permissions(0600)));
            var writer = new Writer(channel, key, name);
            writer.put(MAGIC);
            return writer;
        }

        void write(byte[] data) throws IOException {
            int at = 0;
            while (at < data.length) {
                if (filled == CHUNK) {
                    seal(false);
                }
                int count = Math.min(CHUNK - filled, data.length - at);
                System.arraycopy(data, at, chunk, filled, count);
                filled += count;
                at += count;
            }
        }

        /** That was all; it is on the disk when this returns. */
        void finish() throws IOException {
            seal(true);
            Arrays.fill(chunk, (byte) 0);
            file.force(true);
            file.close();
        }

        private void seal(boolean last) throws IOException {
            try {
                put(cipher(Cipher.ENCRYPT_MODE, key, name, number, last).doFinal(chunk, 0, filled));
            } catch (GeneralSecurityException e) {
                throw new IOException("cannot seal " + name, e);
            }
            number++;
            filled = 0;
        }

        private void put(byte[] bytes) throws IOException {
            var buffer = ByteBuffer.wrap(bytes);
            while (buffer.hasRemaining()) {
                file.write(buffer);
            }
        }

        @Override
        public void close() throws IOException {
            file.close();
        }
    }

    /**
     * What is in a file. Only whole chunks that are right are ever given out; at the end the stream
     * ends only where the sealed content does.
     *
     * @param file its sealed content
     * @param path of it, for people
     * @throws IOException from the stream, too: it was changed, cut, or sealed with another key
     */
    static InputStream open(InputStream file, Path path, Secret key, String name)
            throws IOException {
        InputStream in = new BufferedInputStream(file, CHUNK + TAG);
        if (!Arrays.equals(in.readNBytes(MAGIC.length), MAGIC)) {
            in.close();
            throw new IOException("cannot open " + path + ": it is no sealed file");
        }
        return new Reader(in, path, key, name);
    }

    private static final class Reader extends InputStream {

        private final InputStream in;
        private final Path path;
        private final Secret key;
        private final String name;

        /** Sealed, and not opened yet: it is the last if nothing comes behind it. */
        private byte[] next;

        private byte[] clear = new byte[0];
        private int at;
        private long number;
        private boolean ended;

        Reader(InputStream in, Path path, Secret key, String name) throws IOException {
            this.in = in;
            this.path = path;
            this.key = key;
            this.name = name;
            this.next = in.readNBytes(CHUNK + TAG);
        }

        @Override
        public int read() throws IOException {
            byte[] one = new byte[1];
            return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
        }

        @Override
        public int read(byte @Nullable [] into, int from, int length) throws IOException {
            Objects.requireNonNull(into);
            if (length == 0) {
                return 0;
            }
            while (at == clear.length) {
                if (ended) {
                    return -1;
                }
                openNext();
            }
            int count = Math.min(length, clear.length - at);
            System.arraycopy(clear, at, into, from, count);
            at += count;
            return count;
        }

        private void openNext() throws IOException {
            byte[] sealed = next;
            next = in.readNBytes(CHUNK + TAG);
            boolean last = next.length == 0;
            try {
                clear = cipher(Cipher.DECRYPT_MODE, key, name, number, last).doFinal(sealed);
            } catch (GeneralSecurityException e) {
                throw new IOException(
                        "cannot open "
                                + path
                                + ": it was changed or cut, or belongs to another state",
                        e);
            }
            at = 0;
            number++;
            ended = last;
        }

        @Override
        public void close() throws IOException {
            in.close();
        }
    }
}
