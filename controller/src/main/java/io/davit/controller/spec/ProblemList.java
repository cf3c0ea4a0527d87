package io.davit.controller.spec;

import io.davit.controller.spec.YamlTree.Place;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/** Collects problems, so that a person sees all of them at once. */
final class ProblemList {

    private final List<Problem> problems = new ArrayList<>();

    void add(Place place, String path, String code, String message, String remedy) {
        problems.add(new Problem(place.line(), place.column(), path, code, message, remedy));
    }

    boolean isEmpty() {
        return problems.isEmpty();
    }

    /** In the order of the file. */
    List<Problem> sorted() {
        return problems.stream()
                .sorted(Comparator.comparingInt(Problem::line).thenComparingInt(Problem::column))
                .distinct()
                .toList();
    }
}
