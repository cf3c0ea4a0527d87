package io.davit.cli.manual;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Files of docs/ that the code writes: with -Ddavit.write-reference=true anew, else compared. */
final class Written {

    private Written() {}

    static void requireSame(Path file, String wanted) throws IOException {
        if (Boolean.getBoolean("davit.write-reference")) {
            Files.createDirectories(file.getParent());
            Files.writeString(file, wanted);
        }
        assertThat(file).content().isEqualTo(wanted);
    }

    /** Between {@code <!-- name -->} and {@code <!-- end -->}. */
    static void requireSame(Path file, String name, String wanted) throws IOException {
        String text = Files.readString(file);
        String begin = "<!-- " + name + " -->\n";
        int from = text.indexOf(begin);
        assertThat(from).as(begin).isNotNegative();
        int to = text.indexOf("<!-- end -->", from);
        requireSame(file, text.substring(0, from + begin.length()) + wanted + text.substring(to));
    }
}
