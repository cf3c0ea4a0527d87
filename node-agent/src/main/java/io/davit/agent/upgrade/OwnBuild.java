package io.davit.agent.upgrade;

import io.davit.common.DavitVersion;
import io.davit.common.ProgramJar;
import java.nio.file.Path;

/** Which build this process came from: the folder that holds its jar, whatever the link says. */
public final class OwnBuild {

    private OwnBuild() {}

    /**
     * The build that this process runs from; empty if it runs from none.
     *
     * @param home where the builds lie
     */
    public static String below(Path home) {
        return ProgramJar.find().map(jar -> of(jar, home)).orElse("");
    }

    /** HOME/BUILD/lib/davit-agent.jar. */
    static String of(Path jar, Path home) {
        Path at = jar.toAbsolutePath();
        if (!at.startsWith(home) || at.getNameCount() != home.getNameCount() + 3) {
            return "";
        }
        String name = at.getName(home.getNameCount()).toString();
        return DavitVersion.isBuild(name) ? name : "";
    }
}
