package io.davit.cli;

/**
 * What libraries log by java.util.logging is not for people who type a command: gRPC warns of a
 * name that does not resolve with a stack trace, and the command says it in one line. The JDK makes
 * one of these instead of reading its own configuration; without that there are no handlers.
 */
public final class NoLibraryTalk {

    /** Called by java.util.logging. */
    public NoLibraryTalk() {}
}
