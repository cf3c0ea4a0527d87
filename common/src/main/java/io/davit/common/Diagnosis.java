package io.davit.common;

import io.davit.common.Finding.Level;
import java.util.List;

/** What a doctor found, in the order in which it looked. */
public record Diagnosis(List<Finding> findings) {

    /** Nothing failed; there may be warnings. */
    public static final int WELL = 0;

    /** Something failed. */
    public static final int UNWELL = 3;

    private static final int NARROWEST = 12;

    public Diagnosis {
        findings = List.copyOf(findings);
    }

    /** The exit code of the command that shows it. */
    public int exitCode() {
        return count(Level.FAIL) == 0 ? WELL : UNWELL;
    }

    private long count(Level level) {
        return findings.stream().filter(finding -> finding.level() == level).count();
    }

    /** A line for each, its remedy below it, and what it comes to. */
    public String text() {
        int width = NARROWEST;
        for (Finding finding : findings) {
            width = Math.max(width, finding.what().length());
        }
        var text = new StringBuilder();
        for (Finding finding : findings) {
            text.append(pad(finding.level().text(), 4))
                    .append("  ")
                    .append(pad(finding.what(), width))
                    .append("  ")
                    .append(finding.said())
                    .append('\n');
            if (!finding.remedy().isEmpty()) {
                text.append("      → ").append(finding.remedy()).append('\n');
            }
        }
        return text.append('\n').append(outcome()).append('\n').toString();
    }

    private static String pad(String word, int width) {
        return word + " ".repeat(Math.max(0, width - word.length()));
    }

    private String outcome() {
        long failed = count(Level.FAIL);
        long warned = count(Level.WARN);
        String warnings = warned == 1 ? "1 warning" : warned + " warnings";
        if (failed > 0) {
            return failed + " of " + findings.size() + " failed, " + warnings;
        }
        return warned > 0 ? "nothing failed, " + warnings : "all is well";
    }

    /** The same for programs. */
    public String json() {
        var json = new StringBuilder("{\n  \"findings\": [");
        String separator = "\n";
        for (Finding finding : findings) {
            json.append(separator)
                    .append("    {\"level\": ")
                    .append(quoted(finding.level().text()))
                    .append(", \"what\": ")
                    .append(quoted(finding.what()))
                    .append(", \"said\": ")
                    .append(quoted(finding.said()))
                    .append(", \"remedy\": ")
                    .append(quoted(finding.remedy()))
                    .append('}');
            separator = ",\n";
        }
        return json.append("\n  ],\n  \"failed\": ")
                .append(count(Level.FAIL))
                .append(",\n  \"warnings\": ")
                .append(count(Level.WARN))
                .append("\n}\n")
                .toString();
    }

    /** A JSON string (RFC 8259, section 7). */
    private static String quoted(String text) {
        var quoted = new StringBuilder("\"");
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c == '"' || c == '\\') {
                quoted.append('\\').append(c);
            } else if (c < 0x20) {
                quoted.append(String.format("\\u%04x", (int) c));
            } else {
                quoted.append(c);
            }
        }
        return quoted.append('"').toString();
    }
}
