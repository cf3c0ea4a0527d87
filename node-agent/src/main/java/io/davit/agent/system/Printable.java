package io.davit.agent.system;

/** Foreign lines made safe to show: no control characters, no endless length. */
public final class Printable {

    private Printable() {}

    public static String line(String foreign, int limit) {
        var shown = new StringBuilder();
        for (int i = 0; i < foreign.length(); i++) {
            if (shown.length() >= limit) {
                return shown.append('…').toString();
            }
            char c = foreign.charAt(i);
            if (c == '\t') {
                shown.append(' ');
            } else if (c < 0x20 || c >= 0x7f && c < 0xa0) {
                shown.append("\\x%02x".formatted((int) c));
            } else {
                shown.append(c);
            }
        }
        return shown.toString();
    }
}
