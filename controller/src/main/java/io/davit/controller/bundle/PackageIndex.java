package io.davit.controller.bundle;

import io.davit.common.Digests;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;

/**
 * The file {@code Packages} of a flat apt repository, as far as it is needed here.
 *
 * @see <a href="https://wiki.debian.org/DebianRepository/Format">The format of repositories</a>
 */
record PackageIndex(List<Deb> debs) {

    static final String NAME = "Packages";
    static final String RELEASE = "Release";
    static final int LONGEST = 8 << 20;
    private static final Pattern FILE = Pattern.compile("[a-z0-9][A-Za-z0-9.+~_-]{0,90}\\.deb");

    PackageIndex {
        debs = List.copyOf(debs);
    }

    /** A package file. */
    record Deb(String name, String version, String arch, String file, long size, String sha256) {}

    /** The file name that a package has here: without the epoch, whose colon apt would encode. */
    static String fileName(String control) throws BadBundleException {
        var fields = fields(control);
        String version = field(fields, "Version").replaceFirst("^[0-9]+:", "");
        String file =
                "%s_%s_%s.deb"
                        .formatted(
                                field(fields, "Package"), version, field(fields, "Architecture"));
        if (!FILE.matcher(file).matches()) {
            throw new BadBundleException("no package file can be called " + file);
        }
        return file;
    }

    /** A paragraph for a package, of the control data that is in it. */
    static String paragraph(String control, String file, long size, String sha256) {
        return control.strip()
                + "\nFilename: ./%s\nSize: %d\nSHA256: %s\n\n".formatted(file, size, sha256);
    }

    /**
     * What apt wants to read before an index. The day is fixed: the same packages are the same set.
     */
    static byte[] release(String arch, byte[] index) {
        return "Architectures: %s\nDate: Thu, 01 Jan 2026 00:00:00 UTC\nSHA256:\n %s %d %s\n"
                .formatted(arch, Digests.sha256Hex(index), index.length, NAME)
                .getBytes(StandardCharsets.UTF_8);
    }

    static PackageIndex parse(String text) throws BadBundleException {
        var debs = new ArrayList<Deb>();
        for (String paragraph : text.split("\n\n+")) {
            if (paragraph.isBlank()) {
                continue;
            }
            var fields = fields(paragraph);
            String file = field(fields, "Filename").replaceFirst("^\\./", "");
            String size = field(fields, "Size");
            if (!FILE.matcher(file).matches() || !size.matches("[0-9]{1,11}")) {
                throw new BadBundleException("its index names a file that is none");
            }
            debs.add(
                    new Deb(
                            field(fields, "Package"),
                            field(fields, "Version"),
                            field(fields, "Architecture"),
                            file,
                            Long.parseLong(size),
                            field(fields, "SHA256")));
        }
        return new PackageIndex(debs);
    }

    /** By file; a file that two paragraphs name is an error. */
    Map<String, Deb> byFile() throws BadBundleException {
        var files = new LinkedHashMap<String, Deb>();
        for (Deb deb : debs) {
            if (files.put(deb.file(), deb) != null) {
                throw new BadBundleException("its index has " + deb.file() + " twice");
            }
        }
        return files;
    }

    /** Lines that go on with the field above begin with a space. */
    private static Map<String, String> fields(String paragraph) {
        var fields = new HashMap<String, String>();
        paragraph
                .lines()
                .filter(line -> !line.startsWith(" ") && !line.startsWith("\t"))
                .forEach(line -> {
                    int colon = line.indexOf(':');
                    if (colon > 0) {
                        fields.putIfAbsent(
                                line.substring(0, colon), line.substring(colon + 1).strip());
                    }
                });
        return fields;
    }

    private static String field(Map<String, String> fields, String name) throws BadBundleException {
        String value = fields.get(name);
        if (value == null || value.isEmpty()) {
            throw new BadBundleException("a package has no " + name);
        }
        return value;
    }
}
