package io.davit.cli;

import java.util.function.Function;

/** Opens the usual connection, asks one thing, closes it. */
final class Ask {

    private Ask() {}

    static <A> A controller(Function<Connection, A> question) {
        try (Connection connection = Connection.usual()) {
            return connection.ask(question);
        }
    }
}
