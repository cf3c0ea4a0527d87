package io.davit.cli;

import com.google.protobuf.Timestamp;
import java.time.Duration;
import java.time.Instant;

/** Durations as people type them, points in time as they read them. */
final class Times {

    private Times() {}

    /** Reads {@code 90s}, {@code 30m}, {@code 24h} or {@code 7d}. */
    static Duration parse(String text) {
        if (text.matches("\\d{1,6}[smhd]")) {
            long number = Long.parseLong(text.substring(0, text.length() - 1));
            return switch (text.charAt(text.length() - 1)) {
                case 's' -> Duration.ofSeconds(number);
                case 'm' -> Duration.ofMinutes(number);
                case 'h' -> Duration.ofHours(number);
                default -> Duration.ofDays(number);
            };
        }
        throw new CliException(
                ExitCode.USAGE,
                "cannot read duration \"" + text + "\": want a number and s, m, h or d",
                "for instance 30m, 24h or 7d");
    }

    /** "in 59m", "3m ago", or "-" for never. */
    static String relative(Timestamp at, Instant now) {
        if (at.getSeconds() == 0) {
            return "-";
        }
        long seconds = at.getSeconds() - now.getEpochSecond();
        String length = length(Math.abs(seconds));
        return seconds >= 0 ? "in " + length : length + " ago";
    }

    private static String length(long seconds) {
        if (seconds < 120) {
            return seconds + "s";
        }
        if (seconds < 120 * 60) {
            return seconds / 60 + "m";
        }
        return seconds < 48 * 3600 ? seconds / 3600 + "h" : seconds / 86400 + "d";
    }
}
