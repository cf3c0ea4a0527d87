package io.davit.cli.view;

import java.util.ArrayList;
import java.util.List;

/** A line of a picture: pieces of text, each with a tone. It says the same without colour. */
public final class StyledLine {

    /** What a piece is, rather than which colour it has. */
    public enum Tone {
        PLAIN(""),
        STRONG("1"),
        FAINT("2"),
        GOOD("32"),
        BAD("1;31"),
        CARE("33"),
        PATH("36");

        private final String code;

        Tone(String code) {
            this.code = code;
        }
    }

    private record Piece(String text, Tone tone) {}

    private final List<Piece> pieces = new ArrayList<>();

    static StyledLine of(String text) {
        return new StyledLine().add(text);
    }

    StyledLine add(String text) {
        return add(text, Tone.PLAIN);
    }

    /** Whatever a host put into the text, it stays on its line and moves no cursor. */
    StyledLine add(String text, Tone tone) {
        pieces.add(new Piece(SafeText.of(text.replace('\n', ' ').replace('\t', ' ')), tone));
        return this;
    }

    int width() {
        return pieces.stream().mapToInt(piece -> TextWidth.of(piece.text())).sum();
    }

    /** Fills up with spaces to this width, at least one. */
    StyledLine fill(int width) {
        return add(" ".repeat(Math.max(1, width - width())));
    }

    /** At most so many columns, with or without colour; no line feed. */
    public String render(int columns, boolean colour) {
        var line = new StringBuilder();
        int left = columns;
        for (int i = 0; i < pieces.size() && left > 0; i++) {
            var piece = pieces.get(i);
            boolean moreFollows =
                    pieces.subList(i + 1, pieces.size()).stream()
                            .anyMatch(next -> !next.text().isBlank());
            int width = TextWidth.of(piece.text());
            boolean cut = width > left || width == left && moreFollows;
            String text =
                    cut && width == left
                            ? TextWidth.cut(piece.text() + "…", left)
                            : TextWidth.cut(piece.text(), left);
            boolean coloured = colour && piece.tone() != Tone.PLAIN && !text.isBlank();
            if (coloured) {
                line.append("\u001b[").append(piece.tone().code).append('m');
            }
            line.append(text);
            if (coloured) {
                line.append("\u001b[0m");
            }
            left = cut ? 0 : left - width;
        }
        return colour ? line.toString() : line.toString().stripTrailing();
    }
}
