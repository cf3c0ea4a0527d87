package io.davit.agent.step;

import org.apache.commons.compress.archivers.tar.TarArchiveEntry;

/** What an entry of a tar archive is, before anything of it is written. */
public final class TarEntries {

    private static final int SET_ID = 06000;

    private TarEntries() {}

    /** A regular file: no link of any kind, no device, no sparse file. */
    public static boolean isPlainFile(TarArchiveEntry entry) {
        return entry.isFile() && !isSpecial(entry);
    }

    /** A link of any kind, a device, a pipe or a sparse file, whatever else it says it is. */
    public static boolean isSpecial(TarArchiveEntry entry) {
        return entry.isSymbolicLink()
                || entry.isLink()
                || entry.isSparse()
                || entry.isCharacterDevice()
                || entry.isBlockDevice()
                || entry.isFIFO();
    }

    /** Carries setuid or setgid. */
    public static boolean hasSetId(TarArchiveEntry entry) {
        return (entry.getMode() & SET_ID) != 0;
    }
}
