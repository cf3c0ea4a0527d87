package io.davit.cli.view;

import java.util.ArrayList;
import java.util.List;

/** Rows of text, each column as wide as its widest cell; the last column is not padded. */
public final class Columns {

    private final List<List<String>> rows = new ArrayList<>();
    private final String indent;

    public Columns(String indent) {
        this.indent = indent;
    }

    public Columns row(String... cells) {
        rows.add(List.of(cells));
        return this;
    }

    public boolean isEmpty() {
        return rows.isEmpty();
    }

    /** One line a row, each ended by a line feed. */
    @Override
    public String toString() {
        var widths = new ArrayList<Integer>();
        for (List<String> row : rows) {
            for (int c = 0; c < row.size(); c++) {
                int width = TextWidth.of(row.get(c));
                if (c == widths.size()) {
                    widths.add(width);
                } else {
                    widths.set(c, Math.max(widths.get(c), width));
                }
            }
        }
        var text = new StringBuilder();
        for (List<String> row : rows) {
            var line = new StringBuilder(indent);
            for (int c = 0; c < row.size(); c++) {
                String cell = row.get(c);
                line.append(cell);
                if (c < row.size() - 1) {
                    line.append(" ".repeat(widths.get(c) - TextWidth.of(cell) + 2));
                }
            }
            text.append(line.toString().stripTrailing()).append('\n');
        }
        return text.toString();
    }
}
