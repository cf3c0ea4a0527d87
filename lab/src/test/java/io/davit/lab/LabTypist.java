package io.davit.lab;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Comparator;
import java.util.TreeMap;
import java.util.function.Supplier;

/** Types on hosts of the lab, as root in root's home. */
final class LabTypist implements Typist {

    /** Longer ones first: one may be a part of another. */
    private final TreeMap<String, String> own =
            new TreeMap<>(
                    Comparator.comparingInt(String::length)
                            .reversed()
                            .thenComparing(Comparator.naturalOrder()));

    /** What takes longer is told. */
    private static final int SLOW_SECONDS = 15;

    private final Lab lab;
    private int typed;

    LabTypist(Lab lab) {
        this.lab = lab;
    }

    int typed() {
        return typed;
    }

    @Override
    public void type(String host, String line, int exitCode) {
        run(host, line, exitCode, inTheReadersWords(line));
    }

    @Override
    public void answer(String host, String line, int exitCode, String... answers) {
        run(
                host,
                line,
                exitCode,
                "printf '%s\\n' | script --quiet --return --command %s /dev/null"
                        .formatted(String.join("\\n", answers), quoted(inTheReadersWords(line))));
    }

    private void run(String host, String line, int exitCode, String script) {
        long start = System.nanoTime();
        var said = lab.exec(host, "bash", "-o", "pipefail", "-c", "cd /root && " + script);
        assertThat(said.exitCode()).as("%s%n%s", line, said).isEqualTo(exitCode);
        typed++;
        double seconds = (System.nanoTime() - start) / 1e9;
        if (seconds > SLOW_SECONDS) {
            System.out.printf("%.0f s: %s%n", seconds, line);
        }
    }

    private String inTheReadersWords(String line) {
        String words = line;
        for (var each : own.entrySet()) {
            words = words.replace(each.getKey(), each.getValue());
        }
        return words;
    }

    private static String quoted(String text) {
        return "'" + text.replace("'", "'\\''") + "'";
    }

    @Override
    public void means(String text, Supplier<String> what) {
        own.put(text, what.get());
    }

    @Override
    public void meanwhile(Act act) {
        try {
            act.run();
        } catch (Exception e) {
            throw new AssertionError(e);
        }
    }
}
