package io.davit.cli.doctor;

import java.io.IOException;
import java.util.List;
import java.util.Optional;

/** The machine that a doctor looks at, read only. */
public interface Surroundings {

    /**
     * Where files would go.
     *
     * @param directory that there is: the asked one, or the nearest above it
     * @param type of its file system: "ext4"
     */
    record Disk(String directory, String type, long freeBytes) {}

    /** Content of a file; empty if there is none, or it cannot be read. */
    Optional<String> text(String path);

    /** Whether something is there. */
    boolean exists(String path);

    /** Permission bits; empty if nothing is there. */
    Optional<Integer> mode(String path);

    /** What a program prints; empty if it is not there, or says that it failed. */
    Optional<String> run(String... argv) throws InterruptedException;

    /** The file system of a directory, which need not be there yet. */
    Disk disk(String directory) throws IOException;

    /** The addresses of a name; none if it is not known. */
    List<String> resolve(String name);

    /** The addresses of this machine's interfaces. */
    List<String> addresses();
}
