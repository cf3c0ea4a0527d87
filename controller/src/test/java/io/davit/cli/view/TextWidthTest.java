package io.davit.cli.view;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class TextWidthTest {

    private static final String FAMILY = "東京-e\u0301-🚀";

    @Test
    void wideCharactersTakeTwoColumnsAndMarksNone() {
        assertThat(TextWidth.of("host-1")).isEqualTo(6);
        assertThat(TextWidth.of("✓ ✗ ▸ · » → …")).isEqualTo(13);
        assertThat(TextWidth.of("東京")).isEqualTo(4);
        assertThat(TextWidth.of("e\u0301")).isEqualTo(1);
        assertThat(TextWidth.of("a\u200bb")).isEqualTo(2);
        assertThat(TextWidth.of(FAMILY)).isEqualTo(9);
    }

    @Test
    void whatIsCutFitsAndSaysThatItWasCut() {
        for (int columns = 0; columns < 12; columns++) {
            String cut = TextWidth.cut(FAMILY, columns);
            assertThat(TextWidth.of(cut)).as("%d: %s", columns, cut).isLessThanOrEqualTo(columns);
        }
        assertThat(TextWidth.cut(FAMILY, 9)).isEqualTo(FAMILY);
        assertThat(TextWidth.cut(FAMILY, 4)).isEqualTo("東…");
        assertThat(TextWidth.cut("abcdef", 4)).isEqualTo("abc…");
    }

    @Test
    void aLineIsCutAcrossItsPiecesAndItsColourEnds() {
        var line =
                new StyledLine()
                        .add("abc", StyledLine.Tone.GOOD)
                        .add("def\u001b[2J", StyledLine.Tone.BAD);
        assertThat(line.render(80, false)).isEqualTo("abcdef\\u001b[2J");
        assertThat(line.render(5, false)).isEqualTo("abcd…");
        assertThat(line.render(3, false)).isEqualTo("ab…");
        assertThat(line.render(5, true)).isEqualTo("\u001b[32mabc\u001b[0m\u001b[1;31md…\u001b[0m");
    }
}
