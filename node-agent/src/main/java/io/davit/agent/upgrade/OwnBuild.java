package io.davit.agent.upgrade;

import io.davit.common.DavitVersion;
import java.net.URISyntaxException;
import java.nio.file.Path;
import java.security.CodeSource;
import org.jspecify.annotations.Nullable;

/** Which build this process came from: the folder that holds its jar, whatever the link says. */
public final class OwnBuild {

    private OwnBuild() {}

    /**
     * The build of the program that a class belongs to; empty if it does not run from one.
     *
     * @param home where the builds lie
     */
    public static String of(Class<?> program, Path home) {
        @Nullable CodeSource source = program.getProtectionDomain().getCodeSource();
        if (source == null) {
            return "";
        }
        try {
            return of(Path.of(source.getLocation().toURI()), home);
        } catch (URISyntaxException | IllegalArgumentException e) {
            return "";
        }
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
