package io.davit.agent.main;

import ch.qos.logback.classic.pattern.ClassicConverter;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.IThrowableProxy;
import org.jspecify.annotations.Nullable;

/**
 * An event as one line: message, then what was thrown with the first frames of each cause. Control
 * characters are escaped, so that nobody's text forges a second line; the length is bounded.
 */
public final class OneLine extends ClassicConverter {

    private static final int LONGEST = 2000;
    private static final int FRAMES = 4;
    private static final int CAUSES = 4;

    @Override
    public String convert(ILoggingEvent event) {
        var line = new StringBuilder();
        append(line, event.getFormattedMessage());
        @Nullable IThrowableProxy thrown = event.getThrowableProxy();
        for (int depth = 0; thrown != null && depth < CAUSES; depth++) {
            append(line, (depth == 0 ? ": " : " caused by ") + thrown.getClassName());
            append(line, ": " + thrown.getMessage());
            var frames = thrown.getStackTraceElementProxyArray();
            for (int i = 0; i < Math.min(FRAMES, frames.length); i++) {
                append(line, " " + frames[i].getSTEAsString());
            }
            thrown = thrown.getCause();
        }
        return line.toString();
    }

    private static void append(StringBuilder line, String text) {
        for (int i = 0; i < text.length(); i++) {
            if (line.length() >= LONGEST) {
                return;
            }
            char c = text.charAt(i);
            if (c < 0x20 || c >= 0x7f && c < 0xa0) {
                line.append(String.format("\\u%04x", (int) c));
            } else {
                line.append(c);
            }
        }
    }
}
