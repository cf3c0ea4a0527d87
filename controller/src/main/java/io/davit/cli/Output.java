package io.davit.cli;

import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Message;
import com.google.protobuf.util.JsonFormat;
import io.davit.cli.view.Columns;
import io.davit.cli.view.SafeText;
import java.io.PrintWriter;
import java.util.List;

/** Shows answers: tables for people, JSON for programs. */
public final class Output {

    private final PrintWriter out;
    private final Format format;

    /** How answers are shown. */
    public enum Format {
        /** Tables and sentences. */
        text,
        /** The answer's message in protobuf's JSON form. */
        json
    }

    /** Writes to {@code out}. */
    public Output(PrintWriter out, Format format) {
        this.out = out;
        this.format = format;
    }

    /** Shows the message as JSON if that was asked for, else does {@code text}. */
    public void show(Message message, Runnable text) {
        if (json()) {
            try {
                out.println(JsonFormat.printer().alwaysPrintFieldsWithNoPresence().print(message));
            } catch (InvalidProtocolBufferException e) {
                throw new IllegalStateException("cannot print the answer as JSON", e);
            }
        } else {
            text.run();
        }
        out.flush();
    }

    /** Whether answers are for programs. */
    boolean json() {
        return format == Format.json;
    }

    /** A line. */
    public void line(String text) {
        out.println(SafeText.of(text));
        out.flush();
    }

    /** A table with a head line; columns as wide as their widest cell. */
    public void table(List<String> head, List<List<String>> rows) {
        var columns = new Columns("").row(head.toArray(String[]::new));
        rows.forEach(row -> columns.row(row.toArray(String[]::new)));
        out.print(SafeText.of(columns.toString()));
        out.flush();
    }
}
