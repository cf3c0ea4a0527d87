package io.davit.cli;

import io.davit.common.AtomicFiles.Ownership;
import picocli.CommandLine.Option;

/** The option of every command that makes a controller's state. */
final class OwnerOptions {

    @Option(
            names = "--owner",
            paramLabel = "USER",
            defaultValue = "davit",
            description = "User (and group) that davit serve runs as (default: ${DEFAULT-VALUE}).")
    private String user = "davit";

    Ownership ownership() {
        return new Ownership(user, user);
    }

    /**
     * What to say where there is no such user.
     *
     * @param what cannot be done: "init"
     */
    CliException missing(String what) {
        return new CliException(
                ExitCode.FAILED,
                "cannot %s: there is no user or group %s".formatted(what, user),
                "the package makes user davit; or name another with --owner USER");
    }
}
