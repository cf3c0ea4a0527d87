package io.davit.agent.step;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

final class UnifiedDiffTest {

    @Test
    void showsWhatGoesAndWhatComesWithThreeLinesAround() {
        assertThat(
                        UnifiedDiff.of(
                                "/f",
                                "1\n2\n3\n4\n5\n6\n7\n8\n9\n",
                                "1\n2\n3\n4\nfive\n6\n7\n8\n9\n"))
                .isEqualTo("--- /f\n+++ /f\n@@ -2,7 +2,7 @@\n 2\n 3\n 4\n-5\n+five\n 6\n 7\n 8\n");
        assertThat(UnifiedDiff.of("/f", "", "a\n"))
                .isEqualTo("--- /dev/null\n+++ /f\n@@ -1,0 +1,1 @@\n+a\n");
        assertThat(UnifiedDiff.of("/f", "a\n", "a\n")).isEmpty();
    }

    @Test
    void noTerminalEscapeGetsThrough() {
        assertThat(UnifiedDiff.of("/f", "\u001b[2J\n", "")).contains("-\\x1b[2J");
    }

    @Test
    void takingTheLinesWithoutPlusGivesTheOldTextAndWithoutMinusTheNewOne() {
        long seed = System.nanoTime();
        var random = new Random(seed);
        for (int round = 0; round < 500; round++) {
            List<String> before = lines(random);
            List<String> after = lines(random);
            String diff = UnifiedDiff.of("/f", text(before), text(after));
            assertThat(changed(diff, '-') - changed(diff, '+'))
                    .as("seed %d round %d", seed, round)
                    .isEqualTo(before.size() - after.size());
        }
    }

    private static long changed(String diff, char sign) {
        return diff.lines().skip(2).filter(line -> line.charAt(0) == sign).count();
    }

    private static List<String> lines(Random random) {
        var lines = new ArrayList<String>();
        for (int i = random.nextInt(30); i > 0; i--) {
            lines.add("abc".charAt(random.nextInt(3)) + "");
        }
        return lines;
    }

    private static String text(List<String> lines) {
        return lines.isEmpty() ? "" : String.join("\n", lines) + "\n";
    }
}
