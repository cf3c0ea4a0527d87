package io.davit.cli;

import io.davit.common.AtomicFiles;
import io.davit.common.AtomicFiles.Ownership;
import io.davit.common.Secret;
import io.davit.controller.disk.OpenFolder;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * An operator's credential: a folder with {@code operator.key}, {@code operator.crt}, {@code
 * ca.crt} and {@code address}, readable by its owner only.
 *
 * @param address host:port of the operators' listener
 */
public record Credential(
        Secret privateKeyPem, String certificateChainPem, String caBundlePem, String address) {

    /** The environment variable that names another folder. */
    public static final String VARIABLE = "DAVIT_CREDENTIAL";

    private static final String BELOW_HOME = ".config/davit/credential";

    /** The folder of a user with this home. */
    public static Path folderBelow(Path home) {
        return home.resolve(BELOW_HOME);
    }

    /** The folder that commands use. */
    public static Path usualFolder() {
        String named = System.getenv(VARIABLE);
        return named == null || named.isEmpty()
                ? folderBelow(Path.of(System.getProperty("user.home")))
                : Path.of(named);
    }

    /**
     * Reads a folder.
     *
     * @throws CliException if it is not there or not whole
     */
    public static Credential read(Path folder) {
        try {
            return new Credential(
                    Secret.of(Files.readAllBytes(folder.resolve("operator.key"))),
                    Files.readString(folder.resolve("operator.crt")),
                    Files.readString(folder.resolve("ca.crt")),
                    Files.readString(folder.resolve("address")).strip());
        } catch (NoSuchFileException e) {
            throw new CliException(
                    ExitCode.USAGE,
                    "cannot read credential " + folder + ": there is no " + e.getFile(),
                    "make one on the controller's host with davit admin new NAME, or name its"
                            + " folder in $"
                            + VARIABLE);
        } catch (IOException e) {
            throw new CliException(
                    ExitCode.USAGE,
                    "cannot read credential " + folder + ": " + e,
                    "see whose the files are; davit doctor looks at them");
        }
    }

    /** Writes the folder, 0700 with files 0600. */
    public void write(Path folder) throws IOException {
        Files.createDirectories(
                folder, PosixFilePermissions.asFileAttribute(AtomicFiles.permissions(0700)));
        for (var file : files().entrySet()) {
            AtomicFiles.write(folder.resolve(file.getKey()), file.getValue(), 0600);
        }
    }

    /** The same below the home of somebody else, for them, as root: no link is followed there. */
    void writeBelow(Path home, Ownership owner) throws IOException {
        var names = new ArrayList<Path>();
        Path.of(BELOW_HOME).forEach(names::add);
        try (var folder = OpenFolder.below(home, names, Optional.of(owner))) {
            for (var file : files().entrySet()) {
                folder.replace(file.getKey(), file.getValue(), Optional.of(owner));
            }
        }
    }

    private Map<String, byte[]> files() {
        var files = new LinkedHashMap<String, byte[]>();
        files.put("operator.key", privateKeyPem.reveal());
        files.put("operator.crt", certificateChainPem.getBytes(StandardCharsets.UTF_8));
        files.put("ca.crt", caBundlePem.getBytes(StandardCharsets.UTF_8));
        files.put("address", (address + "\n").getBytes(StandardCharsets.UTF_8));
        return files;
    }
}
