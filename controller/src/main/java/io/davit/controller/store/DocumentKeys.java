package io.davit.controller.store;

import java.util.regex.Pattern;

/** The grammar of keys, so that a prefix is always a range of whole segments. */
final class DocumentKeys {

    private static final Pattern KEY = Pattern.compile("[a-z0-9._-]+(/[a-z0-9._-]+){0,5}");
    private static final int LONGEST = 256;

    private DocumentKeys() {}

    static void check(String key) {
        if (key.length() > LONGEST || !KEY.matcher(key).matches()) {
            throw new IllegalArgumentException(
                    "cannot use key \"" + key + "\": want segments of [a-z0-9._-] between slashes");
        }
    }

    /** The first key behind all keys that start with {@code prefix}, which ends in a slash. */
    static String after(String prefix) {
        // '0' is the character behind '/'
        return prefix.substring(0, prefix.length() - 1) + '0';
    }
}
