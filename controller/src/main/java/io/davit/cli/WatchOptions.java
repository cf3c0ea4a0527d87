package io.davit.cli;

import io.davit.cli.view.TerminalScreen;
import picocli.CommandLine.Option;

/** The options that every command with a live picture has. */
final class WatchOptions {

    @Option(
            names = "--no-color",
            description =
                    "No colours, as with $NO_COLOR. Without a terminal, or with TERM=dumb, the"
                            + " picture is plain lines.")
    private boolean withoutColour;

    TerminalScreen screen() {
        return TerminalScreen.of(System.getenv(), !withoutColour);
    }
}
