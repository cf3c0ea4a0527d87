package io.davit.common;

import java.io.File;
import java.nio.file.Path;
import java.util.Optional;

/** The jar that this process was started from. */
public final class ProgramJar {

    private ProgramJar() {}

    /**
     * The first entry of the class path, which is what the launchers below bin/ start; empty if
     * that is no jar. A class is not asked where it came from: one that was recorded when the
     * package was made ({@code -XX:AOTCache}) does not know.
     */
    public static Optional<Path> find() {
        return of(System.getProperty("java.class.path", ""));
    }

    static Optional<Path> of(String classPath) {
        String first = classPath.split(File.pathSeparator, 2)[0];
        return first.endsWith(".jar") ? Optional.of(Path.of(first)) : Optional.empty();
    }
}
