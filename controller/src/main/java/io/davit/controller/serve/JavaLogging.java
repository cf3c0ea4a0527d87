package io.davit.controller.serve;

import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogManager;
import java.util.logging.LogRecord;
import java.util.logging.SimpleFormatter;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What gRPC and the JDK log goes through our log. gRPC warns with a whole stack trace of what a
 * peer did wrong (an oversize message), which would let anybody fill the journal: that is for
 * debugging.
 */
public final class JavaLogging {

    private JavaLogging() {}

    /** Replaces the handlers of java.util.logging; to be called once, before anything logs. */
    public static void install() {
        LogManager.getLogManager().reset();
        java.util.logging.Logger.getLogger("").addHandler(new ToOurs());
    }

    private static final class ToOurs extends Handler {

        private final SimpleFormatter formatter = new SimpleFormatter();

        @Override
        public void publish(LogRecord record) {
            String name = record.getLoggerName() == null ? "java" : record.getLoggerName();
            Logger log = LoggerFactory.getLogger(name);
            String text = formatter.formatMessage(record);
            if (record.getLevel().intValue() >= Level.SEVERE.intValue()) {
                log.error(text, record.getThrown());
            } else {
                log.debug(text, record.getThrown());
            }
        }

        @Override
        public void flush() {}

        @Override
        public void close() {}
    }
}
