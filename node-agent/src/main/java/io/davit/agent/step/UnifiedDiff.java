package io.davit.agent.step;

import io.davit.agent.system.Printable;
import java.util.ArrayList;
import java.util.List;

/**
 * The difference of two texts, as people read it: lines with a minus go, lines with a plus come,
 * three lines around them stay. Common beginning and end are cut off first; what is left between is
 * compared by its longest common subsequence, or shown as replaced whole where that is too long.
 */
final class UnifiedDiff {

    private static final int CONTEXT = 3;
    private static final int LONGEST = 2_000;

    private record Line(char sign, String text) {}

    private UnifiedDiff() {}

    /** Empty if the texts are equal. */
    static String of(String path, String before, String after) {
        if (before.equals(after)) {
            return "";
        }
        List<Line> lines = lines(before.lines().toList(), after.lines().toList());
        var out = new StringBuilder();
        out.append("--- ").append(before.isEmpty() ? "/dev/null" : path).append('\n');
        out.append("+++ ").append(path).append('\n');
        int oldLine = 1;
        int newLine = 1;
        int at = 0;
        while (at < lines.size()) {
            int start = nextChange(lines, at);
            if (start == lines.size()) {
                break;
            }
            int from = Math.max(at, start - CONTEXT);
            oldLine += from - at;
            newLine += from - at;
            int to = hunkEnd(lines, start);
            int olds = count(lines.subList(from, to), '+');
            int news = count(lines.subList(from, to), '-');
            out.append("@@ -%d,%d +%d,%d @@\n".formatted(oldLine, olds, newLine, news));
            for (Line line : lines.subList(from, to)) {
                out.append(line.sign()).append(Printable.line(line.text(), 500)).append('\n');
            }
            oldLine += olds;
            newLine += news;
            at = to;
        }
        return out.toString();
    }

    private static int nextChange(List<Line> lines, int at) {
        while (at < lines.size() && lines.get(at).sign() == ' ') {
            at++;
        }
        return at;
    }

    /** After the last change that is at most twice the context away from the one before it. */
    private static int hunkEnd(List<Line> lines, int change) {
        int last = change;
        for (int i = change; i < lines.size() && i - last <= 2 * CONTEXT; i++) {
            if (lines.get(i).sign() != ' ') {
                last = i;
            }
        }
        return Math.min(lines.size(), last + CONTEXT + 1);
    }

    /** Lines without this sign. */
    private static int count(List<Line> lines, char except) {
        return (int) lines.stream().filter(line -> line.sign() != except).count();
    }

    private static List<Line> lines(List<String> before, List<String> after) {
        int head = 0;
        while (head < before.size()
                && head < after.size()
                && before.get(head).equals(after.get(head))) {
            head++;
        }
        int tail = 0;
        while (tail < before.size() - head
                && tail < after.size() - head
                && before.get(before.size() - 1 - tail)
                        .equals(after.get(after.size() - 1 - tail))) {
            tail++;
        }
        var out = new ArrayList<Line>();
        before.subList(0, head).forEach(line -> out.add(new Line(' ', line)));
        addMiddle(
                before.subList(head, before.size() - tail),
                after.subList(head, after.size() - tail),
                out);
        before.subList(before.size() - tail, before.size())
                .forEach(line -> out.add(new Line(' ', line)));
        return out;
    }

    private static void addMiddle(List<String> before, List<String> after, List<Line> out) {
        int n = before.size();
        int m = after.size();
        if (n > LONGEST || m > LONGEST) {
            before.forEach(line -> out.add(new Line('-', line)));
            after.forEach(line -> out.add(new Line('+', line)));
            return;
        }
        int[][] common = new int[n + 1][m + 1];
        for (int i = n - 1; i >= 0; i--) {
            for (int j = m - 1; j >= 0; j--) {
                common[i][j] =
                        before.get(i).equals(after.get(j))
                                ? common[i + 1][j + 1] + 1
                                : Math.max(common[i + 1][j], common[i][j + 1]);
            }
        }
        int i = 0;
        int j = 0;
        while (i < n || j < m) {
            if (i < n && j < m && before.get(i).equals(after.get(j))) {
                out.add(new Line(' ', before.get(i)));
                i++;
                j++;
            } else if (i < n && (j == m || common[i + 1][j] >= common[i][j + 1])) {
                out.add(new Line('-', before.get(i++)));
            } else {
                out.add(new Line('+', after.get(j++)));
            }
        }
    }
}
