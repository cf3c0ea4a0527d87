package io.davit.agent.main;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.LoggingEvent;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

final class OneLineTest {

    private final LoggerContext context = new LoggerContext();

    @Test
    void foldsWhatWouldForgeALineOrMoveTheCursor() {
        assertThat(line("a\nb\u001b[2Jc\u0085d", null)).isEqualTo("a\\u000ab\\u001b[2Jc\\u0085d");
    }

    @Test
    void tellsWhatWasThrownAndWhyInTheSameLine() {
        var failure = new IllegalStateException("outer\n", new RuntimeException("inner"));
        assertThat(line("cannot x", failure))
                .startsWith("cannot x: java.lang.IllegalStateException: outer\\u000a")
                .contains("OneLineTest.java")
                .contains(" caused by java.lang.RuntimeException: inner")
                .doesNotContain("\n");
    }

    @Test
    void staysBelowABound() {
        assertThat(line("x".repeat(100_000), null).length()).isLessThan(2100);
    }

    @Test
    void saysTheLevelAsTheJournalReadsIt() {
        var converter = new JournalLevel();
        assertThat(converter.convert(event(Level.ERROR, "", null))).isEqualTo("<3>");
        assertThat(converter.convert(event(Level.WARN, "", null))).isEqualTo("<4>");
        assertThat(converter.convert(event(Level.INFO, "", null))).isEqualTo("<6>");
        assertThat(converter.convert(event(Level.DEBUG, "", null))).isEqualTo("<7>");
    }

    private String line(String message, @Nullable Throwable thrown) {
        return new OneLine().convert(event(Level.INFO, message, thrown));
    }

    private LoggingEvent event(Level level, String message, @Nullable Throwable thrown) {
        return new LoggingEvent("x", context.getLogger("x"), level, message, thrown, null);
    }
}
