package io.davit.cli;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.NoSuchFileException;

/** What is wrong with a file, in words: of these exceptions the JDK's message is only its name. */
final class FileTrouble {

    private FileTrouble() {}

    static String of(IOException e) {
        return switch (e) {
            case NoSuchFileException none -> "there is no " + none.getFile();
            case AccessDeniedException denied -> denied.getFile() + " may not be read or written";
            default -> String.valueOf(e.getMessage());
        };
    }
}
