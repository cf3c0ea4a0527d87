package io.davit.common;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Random;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class StrictTarTest {

    private static final long SEED = 7;

    @TempDir private Path directory;

    private static byte[] tar(Map<String, byte[]> files) throws IOException {
        var out = new ByteArrayOutputStream();
        var writer = new StrictTar.Writer(out);
        for (var file : files.entrySet()) {
            writer.add(
                    file.getKey(),
                    file.getValue().length,
                    new ByteArrayInputStream(file.getValue()));
        }
        writer.end();
        return out.toByteArray();
    }

    private static Map<String, byte[]> read(byte[] tar) throws IOException {
        var files = new LinkedHashMap<String, byte[]>();
        var reader = new StrictTar.Reader(new ByteArrayInputStream(tar));
        for (var entry = reader.next(); entry.isPresent(); entry = reader.next()) {
            files.put(entry.get().name(), reader.content().readAllBytes());
        }
        return files;
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    /** One entry whose header is changed, with a checksum that fits again. */
    private static byte[] changed(Consumer<byte[]> change) throws IOException {
        byte[] tar = tar(Map.of("a", bytes("x")));
        byte[] header = Arrays.copyOf(tar, 512);
        change.accept(header);
        int sum = 8 * ' ';
        for (int i = 0; i < 512; i++) {
            sum += i >= 148 && i < 156 ? 0 : header[i] & 0xff;
        }
        System.arraycopy(bytes("%06o\0 ".formatted(sum)), 0, header, 148, 8);
        System.arraycopy(header, 0, tar, 0, 512);
        return tar;
    }

    private static void isRefused(byte[] tar, String why) {
        assertThatThrownBy(() -> read(tar))
                .isInstanceOf(IOException.class)
                .hasMessageContaining(why);
    }

    @Test
    void whatIsWrittenIsReadAndIsTheSameEachTime() throws Exception {
        var random = new Random(SEED);
        var files = new LinkedHashMap<String, byte[]>();
        for (int size : new int[] {0, 1, 511, 512, 513, 100_000}) {
            byte[] content = new byte[size];
            random.nextBytes(content);
            files.put("k3s/v1.34.1+k3s1/file-" + size, content);
        }
        byte[] tar = tar(files);
        assertThat(tar(files)).isEqualTo(tar);
        var back = read(tar);
        assertThat(back.keySet()).containsExactlyElementsOf(files.keySet());
        files.forEach((name, content) -> assertThat(back.get(name)).as(name).isEqualTo(content));
    }

    @Test
    void everyTarOpensIt() throws Exception {
        Path file = directory.resolve("a.tar");
        Files.write(file, tar(Map.of("etcd/v3.5.16/SHA256SUMS", bytes("sums\n"))));
        var tar =
                new ProcessBuilder("tar", "-xOf", file.toString(), "etcd/v3.5.16/SHA256SUMS")
                        .redirectErrorStream(true)
                        .start();
        assertThat(new String(tar.getInputStream().readAllBytes(), StandardCharsets.UTF_8))
                .isEqualTo("sums\n");
    }

    @Test
    void aCutArchiveIsRefusedWhereverItIsCut() throws Exception {
        byte[] tar = tar(Map.of("a", bytes("some content")));
        for (int length = 0; length < tar.length; length++) {
            byte[] cut = Arrays.copyOf(tar, length);
            assertThatThrownBy(() -> read(cut))
                    .as("cut at %d", length)
                    .isInstanceOf(IOException.class);
        }
    }

    @Test
    void namesThatLeadOutsideAreRefused() throws Exception {
        for (String name :
                new String[] {
                    "../a", "a/../b", "/etc/passwd", "a//b", "./a", "a/", "-a", ".a/b", "a\nb"
                }) {
            byte[] bytes = bytes(name);
            isRefused(
                    changed(header -> {
                        Arrays.fill(header, 0, 100, (byte) 0);
                        System.arraycopy(bytes, 0, header, 0, bytes.length);
                    }),
                    "an entry with the name");
            assertThat(StrictTar.isName(name)).as(name).isFalse();
        }
        isRefused(changed(header -> header[345] = 'x'), "an entry with the name");
    }

    @Test
    void whatIsNotAPlainFileIsRefused() throws Exception {
        for (char type : "1234567gxLK\0".toCharArray()) {
            isRefused(changed(header -> header[156] = (byte) type), "not a plain file");
        }
        isRefused(
                changed(header -> System.arraycopy(bytes("0004755\0"), 0, header, 100, 8)),
                "setuid");
    }

    @Test
    void aSizeThatIsNoOctalNumberOrLongerThanTheArchiveIsRefused() throws Exception {
        isRefused(changed(header -> header[124] = (byte) 0x80), "no tar of plain files");
        isRefused(
                changed(header -> System.arraycopy(bytes("77777777777\0"), 0, header, 124, 12)),
                "cut");
    }

    @Test
    void aDoubledNameAndWhatStandsBehindTheEndAreRefused() throws Exception {
        byte[] one = tar(Map.of("a", bytes("x")));
        var twice = new ByteArrayOutputStream();
        twice.write(one, 0, 1024);
        twice.write(one);
        isRefused(twice.toByteArray(), "twice");
        isRefused(Arrays.copyOf(one, one.length + 1), "behind the end");
        byte[] between = one.clone();
        between[700] = 1;
        isRefused(between, "between two files");
        isRefused(changed(header -> header[265] = 'r'), "more than it needs");
        byte[] damaged = one.clone();
        damaged[0] ^= 1;
        isRefused(damaged, "damaged");
    }

    @Test
    void aFileThatGrowsOrShrinksWhileItIsWrittenIsAnError() {
        for (int size : new int[] {1, 3}) {
            assertThatThrownBy(() ->
                            new StrictTar.Writer(new ByteArrayOutputStream())
                                    .add("a", size, new ByteArrayInputStream(bytes("xx"))))
                    .hasMessageContaining("not %d bytes any more".formatted(size));
        }
    }
}
