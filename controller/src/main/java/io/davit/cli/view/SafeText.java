package io.davit.cli.view;

/**
 * Text for a terminal, whatever a host put into it: control characters other than the line feed are
 * shown as {@code \\uXXXX}, so that no host can move a cursor, colour a line or forge one (Puppet
 * CVE-2012-3867).
 */
public final class SafeText {

    private SafeText() {}

    public static String of(String text) {
        var safe = new StringBuilder(text.length());
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            boolean turnsText = c >= 0x202a && c <= 0x202e || c >= 0x2066 && c <= 0x2069;
            if (c != '\n' && Character.isISOControl(c) || turnsText) {
                safe.append(String.format("\\u%04x", (int) c));
            } else {
                safe.append(c);
            }
        }
        return safe.toString();
    }
}
