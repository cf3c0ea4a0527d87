package io.davit.controller.artifact;

import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A published checksum file: {@code <64 hex digits> <file name>} a line, as sha256sum writes it.
 */
public record Checksums(Map<String, String> byFile) {

    /** What is longer is no checksum file. */
    public static final int LONGEST = 1 << 20;

    private static final Pattern LINE = Pattern.compile("([0-9a-fA-F]{64}) [ *](\\S+)");

    public Checksums {
        byFile = Map.copyOf(byFile);
    }

    /** Reads the lines that are checksums; others are ignored, as sha256sum does. */
    public static Checksums parse(String text) {
        var found = new TreeMap<String, String>();
        for (String line : text.lines().toList()) {
            Matcher matcher = LINE.matcher(line.strip());
            if (matcher.matches()) {
                found.put(matcher.group(2), matcher.group(1).toLowerCase(Locale.ROOT));
            }
        }
        return new Checksums(found);
    }

    /** The checksum of exactly this file name. */
    public Optional<String> of(String file) {
        return Optional.ofNullable(byFile.get(file));
    }
}
