package io.davit.agent.system;

import java.time.Instant;

/**
 * What stands at a path, links not followed.
 *
 * @param mode the nine permission bits
 * @param stamp changes whenever the content may have changed (device, inode, size, change time)
 * @param changed the change time (ctime), which no program can set back: what stands here has been
 *     here since then
 */
public record FileStatus(
        Kind kind, int mode, String owner, String group, long size, String stamp, Instant changed) {

    public enum Kind {
        FILE,
        DIRECTORY,
        LINK,
        OTHER
    }

    public boolean isFile() {
        return kind == Kind.FILE;
    }

    public boolean isDirectory() {
        return kind == Kind.DIRECTORY;
    }

    /** "0640" */
    public String modeText() {
        return "%04o".formatted(mode);
    }
}
