package io.davit.common;

import java.util.regex.Pattern;

/**
 * Grammars of the names that people and peers give us, and a safe way to show those that break
 * them.
 */
public final class Names {

    /** RFC 1123 label: a spec host's name, which is also the k3s node name; a cluster's name. */
    private static final Pattern LABEL = Pattern.compile("[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?");

    private static final Pattern OPERATOR = Pattern.compile("[a-z0-9]([a-z0-9._-]{0,61}[a-z0-9])?");

    /** The longest part of a foreign string that is ever shown. */
    private static final int SHOWN = 120;

    private Names() {}

    /** Whether this is an RFC 1123 label of at most 63 characters. */
    public static boolean isLabel(String name) {
        return LABEL.matcher(name).matches();
    }

    /** Whether this is a DNS name of RFC 1123 labels, at most 253 characters. */
    public static boolean isDnsName(String name) {
        if (name.length() > 253) {
            return false;
        }
        for (String label : name.split("\\.", -1)) {
            if (!isLabel(label)) {
                return false;
            }
        }
        return true;
    }

    /** Whether this may name an operator. */
    public static boolean isOperatorName(String name) {
        return OPERATOR.matcher(name).matches();
    }

    /**
     * A foreign string made safe to show: control characters and everything outside printable ASCII
     * as {@code \\uXXXX}, long ones cut (terminal escapes and forged log lines, CVE-2012-3867).
     */
    public static String printable(String foreign) {
        var shown = new StringBuilder();
        for (int i = 0; i < foreign.length() && shown.length() < SHOWN; i++) {
            char c = foreign.charAt(i);
            if (c >= 0x20 && c < 0x7f) {
                shown.append(c);
            } else {
                shown.append(String.format("\\u%04x", (int) c));
            }
        }
        return shown.length() >= SHOWN ? shown + "…" : shown.toString();
    }
}
