package io.davit.controller.versions;

import io.davit.controller.release.KnownReleases;
import java.io.IOException;

/** Somebody who can be asked which K3s releases there are. */
interface Source {

    /** What it is, for people: "channel server". */
    String kind();

    /** Where it is. */
    String place();

    /**
     * Whether a version that a whole answer does not have is not published. A channel server knows
     * the newest ones only.
     */
    boolean tellsAll();

    /** Whether asking is so cheap that no answer needs to be kept: a directory of this machine. */
    default boolean near() {
        return false;
    }

    /**
     * Asks now.
     *
     * @throws IOException naming the place and what is wrong there
     */
    KnownReleases ask() throws IOException, InterruptedException;
}
