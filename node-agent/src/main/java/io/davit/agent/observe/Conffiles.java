package io.davit.agent.observe;

import io.davit.agent.system.FileView;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Iterator;
import java.util.Optional;

/**
 * Configuration files that a package of the OS brought and nobody changed: they count as absent.
 * dpkg notes the MD5 of each as the package had it, in the field Conffiles of its status file (dpkg
 * manual, {@code deb-conffiles}); the sum tells a change from none here and guards nothing.
 */
final class Conffiles {

    private static final String STATUS = "/var/lib/dpkg/status";
    private static final int STATUS_LIMIT = 64 * 1024 * 1024;
    private static final int FILE_LIMIT = 1024 * 1024;

    private Conffiles() {}

    /** Whether the file is exactly as its package brought it. */
    static boolean unchanged(String path, FileView host) throws IOException {
        var status = host.status(path);
        if (status.isEmpty()
                || !status.get().isFile()
                || status.get().size() > FILE_LIMIT
                || host.status(STATUS).isEmpty()) {
            return false;
        }
        String text = new String(host.read(STATUS, STATUS_LIMIT), StandardCharsets.UTF_8);
        Optional<String> packaged = md5(path, text.lines().iterator());
        return packaged.isPresent() && packaged.get().equals(md5(host.read(path, FILE_LIMIT)));
    }

    private static Optional<String> md5(String path, Iterator<String> lines) {
        boolean conffiles = false;
        while (lines.hasNext()) {
            String line = lines.next();
            if (!line.startsWith(" ")) {
                conffiles = line.equals("Conffiles:");
            } else if (conffiles && line.startsWith(" " + path + " ")) {
                return Optional.of(line.substring(path.length() + 2).split(" ", 2)[0]);
            }
        }
        return Optional.empty();
    }

    private static String md5(byte[] content) {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("MD5").digest(content));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has MD5", e);
        }
    }
}
