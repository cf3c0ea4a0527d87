package io.davit.controller.disk;

import io.davit.common.AtomicFiles;
import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFileAttributes;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Optional;

/** A folder to work in, in which nobody but the user of this process can change anything. */
public final class OwnFolder {

    private OwnFolder() {}

    /**
     * Makes it, 0700, or takes the one that is there.
     *
     * @return why the one that is there is none to work in: "it is a link"
     */
    public static Optional<String> make(Path folder) throws IOException {
        try {
            Files.createDirectory(
                    folder, PosixFilePermissions.asFileAttribute(AtomicFiles.permissions(0700)));
            return Optional.empty();
        } catch (FileAlreadyExistsException there) {
            return against(folder);
        }
    }

    /** Why a folder is none to work in; empty: it is one. */
    public static Optional<String> against(Path folder) throws IOException {
        var there =
                Files.readAttributes(folder, PosixFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
        String user = System.getProperty("user.name");
        if (there.isSymbolicLink()) {
            return Optional.of("it is a link");
        }
        if (!there.isDirectory()) {
            return Optional.of("it is no folder");
        }
        if (!there.owner().getName().equals(user)) {
            return Optional.of("it is %s's, not %s's".formatted(there.owner().getName(), user));
        }
        var permissions = there.permissions();
        if (permissions.contains(PosixFilePermission.GROUP_WRITE)
                || permissions.contains(PosixFilePermission.OTHERS_WRITE)) {
            return Optional.of(
                    "others may write there (%s)"
                            .formatted(PosixFilePermissions.toString(permissions)));
        }
        return Optional.empty();
    }
}
