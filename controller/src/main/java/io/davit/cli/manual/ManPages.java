package io.davit.cli.manual;

import io.davit.cli.Davit;
import io.davit.controller.serve.Version;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Writes the manual pages of the davit command, when the package is made. */
public final class ManPages {

    private ManPages() {}

    /**
     * Writes them.
     *
     * @param arguments the folder, which is made, and the date to put on them
     */
    public static void main(String[] arguments) throws IOException {
        write(Path.of(arguments[0]), arguments[1]);
    }

    static void write(Path folder, String date) throws IOException {
        Files.createDirectories(folder);
        for (CommandText command : CommandText.all(Davit.commandLine())) {
            var page = new ManPage(command, Version.current(), date);
            Files.writeString(folder.resolve(page.name() + ".1"), page.text());
        }
    }
}
