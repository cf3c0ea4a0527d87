package io.davit.controller.bundle;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;

/** Runs programs of this machine to their end. */
interface Programs {

    /**
     * What it printed.
     *
     * @throws IOException with its last lines, if it cannot be run or fails
     */
    String run(List<String> argv) throws IOException, InterruptedException;

    /** With a clean environment, without a shell. */
    static Programs ofThisMachine() {
        return new OfThisMachine();
    }

    /** The real one. */
    final class OfThisMachine implements Programs {

        private static final Duration PATIENCE = Duration.ofMinutes(60);
        private static final int MOST_OUTPUT = 4 << 20;
        private static final int LAST_LINES = 6;

        /** A machine behind a proxy reaches its mirror through it. */
        private static final Set<String> KEPT =
                Set.of("PATH", "http_proxy", "https_proxy", "no_proxy", "HOME");

        @Override
        public String run(List<String> argv) throws IOException, InterruptedException {
            Path output = Files.createTempFile("davit-program", ".out");
            try {
                var builder = new ProcessBuilder(argv).redirectErrorStream(true);
                builder.redirectInput(Path.of("/dev/null").toFile());
                builder.redirectOutput(output.toFile());
                builder.environment().keySet().retainAll(KEPT);
                builder.environment().put("LC_ALL", "C");
                Process process = builder.start();
                try {
                    if (!process.waitFor(PATIENCE.toMinutes(), TimeUnit.MINUTES)) {
                        throw new IOException(
                                argv.getFirst()
                                        + ": no end after "
                                        + PATIENCE.toMinutes()
                                        + " min");
                    }
                } finally {
                    process.destroyForcibly();
                }
                String said = end(output);
                if (process.exitValue() != 0) {
                    List<String> lines = said.strip().lines().toList();
                    throw new IOException(
                            "%s ended with %d: %s"
                                    .formatted(
                                            argv.getFirst(),
                                            process.exitValue(),
                                            String.join(
                                                    " | ",
                                                    lines.subList(
                                                            Math.max(0, lines.size() - LAST_LINES),
                                                            lines.size()))));
                }
                return said;
            } finally {
                Files.deleteIfExists(output);
            }
        }

        private static String end(Path output) throws IOException {
            try (var file = new RandomAccessFile(output.toFile(), "r")) {
                file.seek(Math.max(0, file.length() - MOST_OUTPUT));
                byte[] bytes = new byte[(int) (file.length() - file.getFilePointer())];
                file.readFully(bytes);
                return new String(bytes, StandardCharsets.UTF_8);
            }
        }
    }
}
