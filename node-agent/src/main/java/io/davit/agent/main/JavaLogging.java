package io.davit.agent.main;

import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogManager;
import java.util.logging.LogRecord;
import java.util.logging.SimpleFormatter;
import org.slf4j.LoggerFactory;

/** Takes what gRPC says through java.util.logging into the one log, so that it is folded too. */
final class JavaLogging extends Handler {

    private final SimpleFormatter formatter = new SimpleFormatter();

    private JavaLogging() {}

    /** From now on nothing but this handler prints such records. */
    static void intoOurs() {
        LogManager.getLogManager().reset();
        var root = LogManager.getLogManager().getLogger("");
        root.setLevel(Level.WARNING);
        root.addHandler(new JavaLogging());
    }

    @Override
    public void publish(LogRecord record) {
        var logger = LoggerFactory.getLogger(String.valueOf(record.getLoggerName()));
        logger.atLevel(
                        record.getLevel().intValue() >= Level.SEVERE.intValue()
                                ? org.slf4j.event.Level.ERROR
                                : org.slf4j.event.Level.WARN)
                .setCause(record.getThrown())
                .log(formatter.formatMessage(record));
    }

    @Override
    public void flush() {}

    @Override
    public void close() {}
}
