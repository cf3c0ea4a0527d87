package io.davit.cli.view;

import io.davit.proto.operator.v1.OperationEvent;
import io.davit.proto.operator.v1.OperationStep;
import io.davit.proto.operator.v1.StepState;
import java.io.PrintStream;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

/**
 * Shows an operation while it runs. On a terminal the picture is drawn over itself a few times a
 * second, so that ages go on: each frame is one write that goes to the picture's first line and
 * overwrites line by line, so nothing flickers; no line is longer than the screen is wide, so none
 * wraps. After a resize, when nobody can know where the old lines went, the screen is cleared.
 *
 * <p>Where only lines can be written each change of a step is a line, and after a while without one
 * a line says what is waited for.
 */
public final class LivePicture implements AutoCloseable {

    private static final long FRAME_MILLIS = 250;
    private static final Duration SILENCE = Duration.ofSeconds(30);
    private static final String HIDE_CURSOR = "\u001b[?25l";
    private static final String SHOW_CURSOR = "\u001b[?25h";
    private static final String CLEAR_LINE_END = "\u001b[K";
    private static final String CLEAR_BELOW = "\u001b[J";
    private static final String CLEAR_SCREEN = "\u001b[H\u001b[2J";

    private final PrintStream out;
    private final Screen screen;
    private final InstantSource clock;
    private final boolean pictures;
    private final Progress progress = new Progress();
    private final Map<String, StepState> told = new HashMap<>();
    private final ScheduledExecutorService frames =
            Executors.newSingleThreadScheduledExecutor(Thread.ofPlatform().daemon().factory());
    private boolean begun;
    private Instant lastTold = Instant.MAX;
    private int drawn;
    private Screen.Size drawnOn = Screen.Size.USUAL;

    LivePicture(PrintStream out, Screen screen, InstantSource clock) {
        this.out = out;
        this.screen = screen;
        this.clock = clock;
        this.pictures = screen.size().isPresent();
    }

    /** Draws by itself from now on. */
    public static LivePicture on(PrintStream out, Screen screen) {
        var picture = new LivePicture(out, screen, InstantSource.system());
        var unused =
                picture.frames.scheduleAtFixedRate(
                        picture::tick, FRAME_MILLIS, FRAME_MILLIS, TimeUnit.MILLISECONDS);
        return picture;
    }

    /** The operation as far as it was told. */
    public Progress progress() {
        return progress;
    }

    /** Takes an event in. */
    public synchronized void take(OperationEvent event) {
        progress.take(event);
        begun = true;
        if (pictures) {
            return;
        }
        var start = OperationTimes.instant(progress.operation().getStartedAt());
        List<OperationStep> steps =
                event.hasStep()
                        ? List.of(event.getStep())
                        : event.hasSnapshot() ? event.getSnapshot().getStepsList() : List.of();
        for (OperationStep step : steps) {
            if (told.put(Steps.id(step), step.getState()) != step.getState()) {
                PlainLines.of(step, start).ifPresent(this::line);
            }
        }
        if (lastTold.equals(Instant.MAX)) {
            lastTold = clock.instant();
        }
    }

    private void line(String text) {
        out.println(SafeText.of(text));
        out.flush();
        lastTold = clock.instant();
    }

    /** A frame, or where there are none a sign of life. */
    synchronized void tick() {
        if (!begun) {
            return;
        }
        if (pictures) {
            draw();
        } else if (!lastTold.equals(Instant.MAX)
                && Duration.between(lastTold, clock.instant()).compareTo(SILENCE) >= 0) {
            PlainLines.stillThere(progress, clock.instant()).ifPresent(this::line);
        }
    }

    private void draw() {
        Optional<Screen.Size> now = screen.size();
        if (now.isEmpty()) {
            return; // the terminal is gone
        }
        var size = now.get();
        var frame = new StringBuilder(HIDE_CURSOR);
        if (drawn > 0 && !size.equals(drawnOn)) {
            frame.append(CLEAR_SCREEN);
        } else if (drawn > 0) {
            frame.append("\u001b[").append(drawn).append('F');
        }
        // one row is left for the cursor below the picture
        var lines = ProgressPicture.of(progress, clock.instant(), size.columns(), size.rows() - 1);
        for (StyledLine line : lines.subList(0, Math.min(lines.size(), size.rows() - 1))) {
            frame.append(line.render(size.columns(), screen.colour()));
            // after a full line the cursor still stands on its last column
            frame.append(line.width() < size.columns() ? CLEAR_LINE_END : "").append('\n');
        }
        frame.append(CLEAR_BELOW);
        drawn = Math.min(lines.size(), size.rows() - 1);
        drawnOn = size;
        out.print(frame);
        out.flush();
    }

    /** Draws a last time; what is written now stands below it. */
    public synchronized void finish() {
        if (pictures && begun) {
            draw();
        }
        close();
    }

    @Override
    public synchronized void close() {
        frames.shutdownNow();
        if (drawn > 0) {
            out.print(SHOW_CURSOR);
            out.flush();
            drawn = 0;
            begun = false;
        }
    }
}
