package io.davit.controller.spec;

import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Finds in a regular expression that Java can compile what Go's RE2, and so k3s, cannot. */
final class GoExpressions {

    private static final Pattern TOKEN =
            Pattern.compile(
                    "\\\\Q.*?(\\\\E|$)" // all literal
                            + "|\\\\(?<escape>[pP](\\{[^}]*\\}|.)|.)"
                            + "|\\[\\^?\\]?([^\\]\\\\]|\\\\.)*\\]"
                            + "|(?<group>\\(\\?(<[=!]|<|[a-zA-Z-]*[:)]|.))"
                            + "|(?<repeat>([*+?]|\\{[0-9]+(,[0-9]*)?\\})\\+)"
                            + "|.",
                    Pattern.DOTALL);
    private static final Pattern CLASS_ESCAPE = Pattern.compile("\\\\(.)", Pattern.DOTALL);
    private static final Pattern ESCAPE =
            Pattern.compile("[dDsSwWbBAzaftnrvx]|[pP]([A-Z]|\\{[A-Z][a-z]?\\})|[^A-Za-z0-9]");
    private static final Pattern IN_CLASS = Pattern.compile("[dDsSwWaftnrvxpP]|[^A-Za-z0-9]");
    private static final Pattern GROUP = Pattern.compile("\\(\\?(<|[imsU-]*[:)])");

    private GoExpressions() {}

    /** The first construct that Go does not have. */
    static Optional<String> foreign(String expression) {
        Matcher token = TOKEN.matcher(expression);
        while (token.find()) {
            String text = token.group();
            String escape = token.group("escape");
            String group = token.group("group");
            if (escape != null && !ESCAPE.matcher(escape).matches()
                    || group != null && !GROUP.matcher(group).matches()
                    || token.group("repeat") != null) {
                return Optional.of(text);
            }
            if (text.length() > 1 && text.startsWith("[")) {
                Matcher inside = CLASS_ESCAPE.matcher(text);
                while (inside.find()) {
                    if (!IN_CLASS.matcher(inside.group(1)).matches()) {
                        return Optional.of(inside.group());
                    }
                }
            }
        }
        return Optional.empty();
    }
}
