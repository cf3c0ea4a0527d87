package io.davit.cli.view;

import com.google.protobuf.Timestamp;

/** Lengths of time as people read them, in one unit: "12s", "5m", "3h", "2d". */
final class Lengths {

    private Lengths() {}

    static String of(long seconds) {
        long length = Math.abs(seconds);
        if (length < 120) {
            return length + "s";
        }
        if (length < 120 * 60) {
            return length / 60 + "m";
        }
        return length < 48 * 3600 ? length / 3600 + "h" : length / 86400 + "d";
    }

    static String between(Timestamp from, Timestamp to) {
        return of(to.getSeconds() - from.getSeconds());
    }
}
