package io.davit.lab;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;

/** Types nothing and knows what would have been typed. */
final class NotingTypist implements Typist {

    private final List<String> lines = new ArrayList<>();

    List<String> lines() {
        return List.copyOf(lines);
    }

    @Override
    public void type(String host, String line, int exitCode) {
        lines.add(line);
    }

    @Override
    public void answer(String host, String line, int exitCode, String... answers) {
        lines.add(line);
    }

    @Override
    public void means(String text, Supplier<String> own) {}

    @Override
    public void meanwhile(Act act) {}
}
