package io.davit.agent.system;

import java.io.IOException;
import java.util.List;
import java.util.Optional;

/** Files of a host, read only. Paths are absolute, as the host sees them. */
public interface FileView {

    /** What stands there, links not followed; empty if nothing does. */
    Optional<FileStatus> status(String path) throws IOException;

    /**
     * The content of a regular file.
     *
     * @throws IOException if it is not there, not a regular file, or longer than the limit
     */
    byte[] read(String path, int limitBytes) throws IOException;

    /** SHA-256 of a regular file, hex; empty if it cannot be known yet (see the overlay). */
    Optional<String> digest(String path) throws IOException;

    /** Names in a directory, sorted; none if it is not there. */
    List<String> list(String directory) throws IOException;

    Optional<String> linkTarget(String path) throws IOException;

    /** Free bytes on the file system of this path, or of its nearest existing parent. */
    long freeBytes(String path) throws IOException;

    long sizeBytes(String path) throws IOException;

    /** Whether these are the owner and group that this profile names. */
    boolean ownedBy(FileStatus status, String owner, String group);
}
