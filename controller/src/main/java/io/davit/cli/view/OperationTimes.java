package io.davit.cli.view;

import com.google.protobuf.Timestamp;
import java.time.Duration;
import java.time.Instant;

/** Times of operations as people read them. */
public final class OperationTimes {

    private OperationTimes() {}

    /** A message's timestamp. */
    public static Instant instant(Timestamp stamp) {
        return Instant.ofEpochSecond(stamp.getSeconds(), stamp.getNanos());
    }

    /** "42s", "3m07s", "2h05m". */
    static String length(Duration length) {
        long seconds = Math.max(0, length.toSeconds());
        if (seconds < 60) {
            return seconds + "s";
        }
        return seconds < 3600
                ? "%dm%02ds".formatted(seconds / 60, seconds % 60)
                : "%dh%02dm".formatted(seconds / 3600, seconds / 60 % 60);
    }

    /** How long ago. */
    static String age(Timestamp since, Instant now) {
        return length(Duration.between(instant(since), now));
    }
}
