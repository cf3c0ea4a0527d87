package io.davit.cli;

import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Message;
import com.google.protobuf.util.JsonFormat;
import io.davit.cli.view.SafeText;
import java.io.PrintWriter;
import java.util.ArrayList;
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
        if (format == Format.json) {
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

    /** A line. */
    public void line(String text) {
        out.println(SafeText.of(text));
        out.flush();
    }

    /** A table with a head line; columns as wide as their widest cell. */
    public void table(List<String> head, List<List<String>> rows) {
        var all = new ArrayList<List<String>>();
        all.add(head);
        all.addAll(rows);
        int[] widths = new int[head.size()];
        for (List<String> row : all) {
            for (int column = 0; column < widths.length; column++) {
                widths[column] = Math.max(widths[column], row.get(column).length());
            }
        }
        for (List<String> row : all) {
            var line = new StringBuilder();
            for (int column = 0; column < widths.length; column++) {
                String cell = row.get(column);
                line.append(cell).append(" ".repeat(widths[column] - cell.length() + 2));
            }
            out.println(SafeText.of(line.toString().stripTrailing()));
        }
        out.flush();
    }
}
