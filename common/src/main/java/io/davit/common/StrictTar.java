package io.davit.common;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * Tar archives of plain files and nothing else, as POSIX.1-1988 (ustar) has them: any tar opens
 * what is written here, and only such an archive is read. A link, a directory, a device, a doubled
 * name, one that leads outside, an extension header, a wrong checksum or anything between and
 * behind the files is an error. What is written depends on the contents alone, without time and
 * user, and only what could have been written so is read: there is one archive of given files.
 */
public final class StrictTar {

    /** Larger ones do not fit into eleven octal digits. */
    public static final long LONGEST_FILE = (1L << 33) - 1;

    private static final int BLOCK = 512;
    private static final int MOST_ENTRIES = 10_000;
    private static final Pattern NAME = Pattern.compile("[A-Za-z0-9][A-Za-z0-9.,+:~%_=/-]{0,99}");
    private static final Pattern OCTAL = Pattern.compile("0*([0-7]{1,11})[ \\x00]");
    private static final byte[] MAGIC = {'u', 's', 't', 'a', 'r', 0, '0', '0'};

    private StrictTar() {}

    /** A file of an archive. */
    public record Entry(String name, long sizeBytes) {}

    /** Whether an entry may have this name: a relative path of plain printable characters. */
    public static boolean isName(String name) {
        return NAME.matcher(name).matches()
                && !name.endsWith("/")
                && List.of(name.split("/", -1)).stream()
                        .noneMatch(part -> part.isEmpty() || part.equals(".") || part.equals(".."));
    }

    /** Writes an archive; the stream stays open. */
    public static final class Writer {

        private final OutputStream out;
        private final Set<String> names = new HashSet<>();

        public Writer(OutputStream out) {
            this.out = out;
        }

        /**
         * Adds a file.
         *
         * @throws IOException if the content is not exactly so long, or the name is none
         */
        public void add(String name, long sizeBytes, InputStream content) throws IOException {
            if (!isName(name) || !names.add(name)) {
                throw new IOException(
                        "cannot write %s into a tar: %s"
                                .formatted(
                                        Names.printable(name),
                                        isName(name) ? "it is there already" : "no such name"));
            }
            if (sizeBytes < 0 || sizeBytes > LONGEST_FILE) {
                throw new IOException(
                        "cannot write %s into a tar: it has %d bytes".formatted(name, sizeBytes));
            }
            out.write(header(name, sizeBytes));
            byte[] buffer = new byte[128 * 1024];
            long left = sizeBytes;
            for (int n = content.read(buffer); n >= 0; n = content.read(buffer)) {
                left -= n;
                if (left < 0) {
                    break;
                }
                out.write(buffer, 0, n);
            }
            if (left != 0) {
                throw new IOException(
                        "cannot write %s into a tar: it has not %d bytes any more"
                                .formatted(name, sizeBytes));
            }
            out.write(new byte[padding(sizeBytes)]);
        }

        /** Writes the end. */
        public void end() throws IOException {
            out.write(new byte[2 * BLOCK]);
            out.flush();
        }

        private static byte[] header(String name, long sizeBytes) {
            byte[] header = new byte[BLOCK];
            put(header, 0, name);
            put(header, 100, "0000644\0");
            put(header, 108, "0000000\0");
            put(header, 116, "0000000\0");
            put(header, 124, "%011o\0".formatted(sizeBytes));
            put(header, 136, "00000000000\0");
            header[156] = '0';
            System.arraycopy(MAGIC, 0, header, 257, MAGIC.length);
            put(header, 148, "%06o\0 ".formatted(checksum(header)));
            return header;
        }

        private static void put(byte[] header, int offset, String text) {
            byte[] bytes = text.getBytes(StandardCharsets.US_ASCII);
            System.arraycopy(bytes, 0, header, offset, bytes.length);
        }
    }

    /** Reads an archive from its beginning to its end. */
    public static final class Reader {

        private final InputStream in;
        private final Set<String> names = new HashSet<>();
        private long left;
        private int padding;
        private boolean ended;

        public Reader(InputStream in) {
            this.in = in;
        }

        /**
         * The next file, whose content is then {@link #content()}; what was not read of the one
         * before is passed over. Empty at the end, behind which there is nothing.
         *
         * @throws IOException if this is no such archive, or it is cut
         */
        public Optional<Entry> next() throws IOException {
            if (ended) {
                return Optional.empty();
            }
            pass(left);
            byte[] between = in.readNBytes(padding);
            if (between.length < padding) {
                throw new IOException("the tar ends in the middle: it is cut");
            }
            if (!isZero(between)) {
                throw new IOException("in the tar something stands between two files");
            }
            byte[] header = block();
            if (isZero(header)) {
                if (!isZero(block()) || in.read() >= 0) {
                    throw new IOException("something stands behind the end of the tar");
                }
                ended = true;
                left = 0;
                padding = 0;
                return Optional.empty();
            }
            Entry entry = entry(header);
            if (!names.add(entry.name())) {
                throw new IOException("the tar has " + entry.name() + " twice");
            }
            if (names.size() > MOST_ENTRIES) {
                throw new IOException("the tar has more than " + MOST_ENTRIES + " files");
            }
            left = entry.sizeBytes();
            padding = padding(left);
            return Optional.of(entry);
        }

        /** The content of the file that {@link #next} gave; it ends with the file. */
        public InputStream content() {
            return new Content();
        }

        /** Reads on, and does not skip: a stream that computes a digest must see all of it. */
        private void pass(long bytes) throws IOException {
            byte[] buffer = new byte[(int) Math.min(bytes, 64 * 1024)];
            for (long open = bytes; open > 0; ) {
                int n = in.read(buffer, 0, (int) Math.min(buffer.length, open));
                if (n < 0) {
                    throw new IOException("the tar ends in the middle: it is cut");
                }
                open -= n;
            }
        }

        private byte[] block() throws IOException {
            byte[] block = in.readNBytes(BLOCK);
            if (block.length < BLOCK) {
                throw new IOException("the tar ends in the middle: it is cut");
            }
            return block;
        }

        private static Entry entry(byte[] header) throws IOException {
            if (!Arrays.equals(header, 257, 257 + MAGIC.length, MAGIC, 0, MAGIC.length)
                    || number(header, 148, 8) != checksum(header)) {
                throw new IOException("it is no tar of plain files (ustar), or it is damaged");
            }
            String name = text(header, 0, 100);
            if (!isName(name) || header[345] != 0) {
                throw new IOException(
                        "the tar has an entry with the name " + Names.printable(name));
            }
            if (header[156] != '0' || header[157] != 0) {
                throw new IOException("in the tar " + name + " is not a plain file");
            }
            if ((number(header, 100, 8) & 07000) != 0) {
                throw new IOException("in the tar " + name + " is setuid, setgid or sticky");
            }
            long sizeBytes = number(header, 124, 12);
            if (!Arrays.equals(header, Writer.header(name, sizeBytes))) {
                throw new IOException(
                        "in the tar the header of " + name + " has more than it needs");
            }
            return new Entry(name, sizeBytes);
        }

        private static String text(byte[] header, int offset, int length) {
            int end = offset;
            while (end < offset + length && header[end] != 0) {
                end++;
            }
            return new String(header, offset, end - offset, StandardCharsets.ISO_8859_1);
        }

        private static long number(byte[] header, int offset, int length) throws IOException {
            var octal =
                    OCTAL.matcher(new String(header, offset, length, StandardCharsets.ISO_8859_1));
            if (!octal.lookingAt()) {
                throw new IOException("it is no tar of plain files (ustar), or it is damaged");
            }
            return Long.parseLong(octal.group(1), 8);
        }

        private static boolean isZero(byte[] block) {
            for (byte b : block) {
                if (b != 0) {
                    return false;
                }
            }
            return true;
        }

        private final class Content extends InputStream {

            @Override
            public int read() throws IOException {
                byte[] one = new byte[1];
                return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
            }

            @Override
            public int read(byte[] buffer, int offset, int length) throws IOException {
                if (left == 0) {
                    return length == 0 ? 0 : -1;
                }
                int n = in.read(buffer, offset, (int) Math.min(length, left));
                if (n < 0) {
                    throw new IOException("the tar ends in the middle: it is cut");
                }
                left -= n;
                return n;
            }
        }
    }

    private static int padding(long sizeBytes) {
        return (int) ((BLOCK - sizeBytes % BLOCK) % BLOCK);
    }

    /** The sum of all bytes, those of the sum itself as spaces. */
    private static int checksum(byte[] header) {
        int sum = 8 * ' ';
        for (int i = 0; i < BLOCK; i++) {
            sum += i >= 148 && i < 156 ? 0 : header[i] & 0xff;
        }
        return sum;
    }
}
