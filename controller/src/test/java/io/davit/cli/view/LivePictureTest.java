package io.davit.cli.view;

import static org.assertj.core.api.Assertions.assertThat;

import io.davit.proto.operator.v1.OperationEvent;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class LivePictureTest {

    private final ByteArrayOutputStream written = new ByteArrayOutputStream();
    private final ScriptedOperation script = ScriptedOperation.small();
    private Instant now = ScriptedOperation.START;
    private Optional<Screen.Size> size = Optional.of(new Screen.Size(60, 12));

    private LivePicture picture() {
        var screen =
                new Screen() {
                    @Override
                    public Optional<Size> size() {
                        return size;
                    }

                    @Override
                    public boolean colour() {
                        return false;
                    }
                };
        return new LivePicture(
                new PrintStream(written, true, StandardCharsets.UTF_8), screen, () -> now);
    }

    private String taken() {
        String text = written.toString(StandardCharsets.UTF_8);
        written.reset();
        return text;
    }

    private OperationEvent snapshot(double seconds) {
        now = ScriptedOperation.after(seconds);
        return OperationEvent.newBuilder().setSnapshot(script.operation(seconds)).build();
    }

    @Test
    void aFrameIsDrawnOverTheOneBefore() {
        try (var live = picture()) {
            live.take(snapshot(20));
            live.tick();
            String first = taken();
            long lines = first.lines().count() - 1; // what is cleared below is no line
            assertThat(first).startsWith("\u001b[?25lprod").endsWith("\u001b[J");
            now = now.plusSeconds(1);
            live.tick();
            assertThat(taken()).startsWith("\u001b[?25l\u001b[" + lines + "Fprod").contains("21s");
            live.finish();
            assertThat(taken()).endsWith("\u001b[?25h");
        }
    }

    @Test
    void afterAResizeTheScreenIsClearedAndEverythingFits() {
        try (var live = picture()) {
            live.take(snapshot(20));
            live.tick();
            taken();
            size = Optional.of(new Screen.Size(30, 6));
            live.tick();
            String frame = taken();
            assertThat(frame).startsWith("\u001b[?25l\u001b[H\u001b[2Jprod");
            assertThat(frame.replaceAll("\u001b\\[[0-9;?]*[a-zA-Z]", "").lines())
                    .hasSizeLessThan(6)
                    .allMatch(line -> TextWidth.of(line) <= 30);
        }
    }

    @Test
    void whereOnlyLinesCanBeWrittenEachChangeIsOneAndSilenceIsExplained() {
        size = Optional.empty();
        try (var live = picture()) {
            live.take(snapshot(20));
            assertThat(taken())
                    .doesNotContain("\u001b")
                    .contains("    9.3s  s1          ...        control-plane run k3s: starting");
            live.take(snapshot(21));
            live.tick();
            assertThat(taken()).isEmpty();
            now = now.plus(Duration.ofSeconds(30));
            live.tick();
            assertThat(taken())
                    .contains("   51.0s  s1          waits      control-plane run k3s")
                    .contains("(for 41s; then 3 more steps)");
            live.tick();
            assertThat(taken()).isEmpty();
        }
    }

    @Test
    void theEnvironmentDecidesAboutColour() {
        assertThat(TerminalScreen.of(Map.of("TERM", "xterm"), true).colour()).isTrue();
        assertThat(TerminalScreen.of(Map.of("TERM", "xterm"), false).colour()).isFalse();
        assertThat(TerminalScreen.of(Map.of("TERM", "xterm", "NO_COLOR", "1"), true).colour())
                .isFalse();
        assertThat(TerminalScreen.of(Map.of("TERM", "dumb"), true).size()).isEmpty();
        assertThat(TerminalScreen.of(Map.of(), true).size()).isEmpty();
    }
}
