package io.davit.controller.spec;

import io.davit.common.ConfigYaml;
import io.davit.common.Names;
import java.util.List;

/** Finds text that no configuration file of ours can hold, while its place is still known. */
final class Writable {

    private Writable() {}

    /** Reports a value, or an item of a list, with a character that is not written. */
    static boolean check(
            Object value, YamlTree.Place place, String path, String code, ProblemList problems) {
        if (value instanceof List<?> list) {
            return list.stream().allMatch(item -> check(item, place, path, code, problems));
        }
        if (!(value instanceof String text)) {
            return true;
        }
        try {
            ConfigYaml.quoted(text);
            return true;
        } catch (IllegalArgumentException e) {
            problems.add(
                    place,
                    path,
                    code,
                    "\"" + Names.printable(text) + "\" has a character that cannot be written",
                    "leave out control characters, line breaks and those beyond U+FFFF");
            return false;
        }
    }
}
