package io.davit.agent.system;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import java.util.function.Predicate;

/** Programs that answer what a test says; any other cannot be started. */
public final class FakeProcesses implements Processes {

    private record Rule(Predicate<List<String>> when, Function<List<String>, Finished> then) {}

    private final List<Rule> rules = new ArrayList<>();
    private final List<List<String>> ran = new ArrayList<>();

    /** The newest rule that matches answers. */
    public synchronized void when(
            Predicate<List<String>> when, Function<List<String>, Finished> then) {
        rules.addFirst(new Rule(when, then));
    }

    public synchronized List<List<String>> ran() {
        return List.copyOf(ran);
    }

    @Override
    public synchronized Finished run(Command command) {
        ran.add(command.argv());
        return rules.stream()
                .filter(rule -> rule.when().test(command.argv()))
                .findFirst()
                .map(rule -> rule.then().apply(command.argv()))
                .orElse(new Finished(127, "", command.argv().getFirst() + ": not found"));
    }
}
