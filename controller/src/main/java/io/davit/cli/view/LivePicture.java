package io.davit.cli.view;

import io.davit.proto.operator.v1.OperationEvent;
import io.davit.proto.operator.v1.OperationStep;
import io.davit.proto.operator.v1.StepState;
import java.io.Console;
import java.io.PrintStream;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Shows an operation while it runs. On a terminal the picture is drawn over itself a few times a
 * second, so that ages go on; without one each change of a step is a line; for JSON nothing is
 * shown before the end.
 */
public final class LivePicture implements AutoCloseable {

    private static final long FRAME_MILLIS = 250;
    private static final int DEFAULT_WIDTH = 80;

    private final PrintStream out;
    private final boolean terminal;
    private final boolean silent;
    private final @Nullable ScheduledExecutorService frames;
    private final Map<String, StepState> told = new HashMap<>();
    private @Nullable ProgressPicture picture;
    private int drawn;

    private LivePicture(PrintStream out, boolean terminal, boolean silent) {
        this.out = out;
        this.terminal = terminal;
        this.silent = silent;
        this.frames =
                terminal && !silent
                        ? Executors.newSingleThreadScheduledExecutor(
                                Thread.ofPlatform().daemon().factory())
                        : null;
        if (frames != null) {
            var unused =
                    frames.scheduleAtFixedRate(
                            this::draw, FRAME_MILLIS, FRAME_MILLIS, TimeUnit.MILLISECONDS);
        }
    }

    /** As this process's terminal, or the lack of one, wants it. */
    public static LivePicture onThisTerminal(PrintStream out, boolean silent) {
        Console console = System.console();
        boolean terminal =
                console != null && console.isTerminal() && !"dumb".equals(System.getenv("TERM"));
        return new LivePicture(out, terminal, silent);
    }

    /** Takes the picture after an event. */
    public synchronized void show(ProgressPicture now, OperationEvent event) {
        picture = now;
        if (silent || terminal) {
            return;
        }
        var start = ProgressPicture.instant(now.operation().getStartedAt());
        var steps =
                event.hasStep()
                        ? List.of(event.getStep())
                        : event.hasSnapshot()
                                ? event.getSnapshot().getStepsList()
                                : List.<OperationStep>of();
        for (OperationStep step : steps) {
            if (told.put(step.getStep().getId(), step.getState()) != step.getState()) {
                ProgressPicture.plainLine(step, start).map(SafeText::of).ifPresent(out::println);
            }
        }
        out.flush();
    }

    /** The last picture stays. */
    public synchronized void finish() {
        draw();
        drawn = 0;
    }

    private synchronized void draw() {
        if (!terminal || silent || picture == null) {
            return;
        }
        var frame = new StringBuilder();
        if (drawn > 0) {
            frame.append("\u001b[").append(drawn).append('F');
        }
        List<String> lines = picture.lines(Instant.now(), width());
        lines.forEach(line -> frame.append(SafeText.of(line)).append("\u001b[K\n"));
        frame.append("\u001b[J");
        drawn = lines.size();
        out.print(frame);
        out.flush();
    }

    private static int width() {
        String columns = System.getenv("COLUMNS");
        return columns != null && columns.matches("[1-9][0-9]{1,3}")
                ? Integer.parseInt(columns)
                : DEFAULT_WIDTH;
    }

    @Override
    public void close() {
        if (frames != null) {
            frames.shutdownNow();
        }
    }
}
