package io.davit.cli.folder;

import io.davit.common.AtomicFiles.Ownership;
import io.davit.controller.disk.OpenFolder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFileAttributes;
import java.nio.file.attribute.PosixFilePermission;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Optional;

/**
 * Where the path of a file leads.
 *
 * <ol>
 *   <li>From the root on, a link is followed where nobody but this user and root could have put it.
 *   <li>From the first folder on that somebody else may change, none is: root would read and write
 *       with its own rights what that person chose.
 *   <li>To a user without root's rights every link is good: it opens nothing that they could not
 *       open themselves.
 * </ol>
 */
public final class Trail {

    private static final int MOST_LINKS = 40;

    private final Path start;
    private final List<Path> folders;
    private final String name;

    private Trail(Path start, List<Path> folders, String name) {
        this.start = start;
        this.folders = folders;
        this.name = name;
    }

    /**
     * Follows a path.
     *
     * @param mighty whether this process may do what the owners of the folders may not
     */
    public static Trail of(Path named, boolean mighty) throws IOException {
        return of(named, mighty ? Trail::isOurs : folder -> true);
    }

    /** Whether nobody but this user and root can change a folder. */
    @FunctionalInterface
    interface Ours {
        boolean test(Path folder) throws IOException;
    }

    static Trail of(Path named, Ours ours) throws IOException {
        Path at = named.toAbsolutePath().getRoot();
        var left = new ArrayDeque<Path>();
        named.toAbsolutePath().forEach(left::add);
        int links = 0;
        while (!left.isEmpty() && ours.test(at)) {
            Path next = left.pop();
            Path there = at.resolve(next);
            if (Files.isSymbolicLink(there)) {
                if (++links > MOST_LINKS) {
                    throw new IOException("too many links");
                }
                Path target = Files.readSymbolicLink(there);
                at = target.isAbsolute() ? target.getRoot() : at;
                putBefore(left, target);
            } else if (next.toString().equals("..")) {
                at = at.getParent() == null ? at : at.getParent();
            } else if (left.isEmpty() || !Files.isDirectory(there)) {
                left.push(next);
                break;
            } else {
                at = next.toString().equals(".") ? at : there;
            }
        }
        var rest = List.copyOf(left);
        if (rest.isEmpty() || rest.contains(Path.of(".."))) {
            throw new IOException(
                    named + (rest.isEmpty() ? " is a folder" : " leads up again below " + at));
        }
        return new Trail(
                at, rest.subList(0, rest.size() - 1), rest.get(rest.size() - 1).toString());
    }

    private static void putBefore(Deque<Path> left, Path target) {
        var names = new ArrayList<Path>();
        target.forEach(names::add);
        names.reversed().forEach(left::push);
    }

    private static boolean isOurs(Path folder) throws IOException {
        var attributes = Files.readAttributes(folder, PosixFileAttributes.class);
        String owner = attributes.owner().getName();
        return (owner.equals("root") || owner.equals(System.getProperty("user.name")))
                && !attributes.permissions().contains(PosixFilePermission.GROUP_WRITE)
                && !attributes.permissions().contains(PosixFilePermission.OTHERS_WRITE);
    }

    /** The file's name in its folder. */
    public String name() {
        return name;
    }

    /** Opens its folder; what is missing is made and given to the new owner. */
    public OpenFolder open(Optional<Ownership> newOwner) throws IOException {
        return OpenFolder.below(start, folders, newOwner);
    }
}
