package io.davit.controller.spec;

import io.davit.common.Names;
import io.davit.controller.spec.FieldReader.Found;
import io.davit.controller.spec.YamlTree.Place;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/**
 * Reads {@code pools}: workers that join by booting. They are in the schema, so that files and
 * editors know them; this version refuses them once they are right.
 */
final class PoolReader {

    private static final int MOST = 10_000;

    private final ProblemList problems;
    private final Map<String, Place> names = new HashMap<>();

    PoolReader(ProblemList problems) {
        this.problems = problems;
    }

    void read(FieldReader spec) {
        var pools = spec.items("pools");
        pools.forEach(pool -> spec.section(pool).ifPresent(this::pool));
        if (!pools.isEmpty()) {
            SpecReader.notYet(pools.getFirst().place(), "pools", "pools of workers", problems);
        }
    }

    private void pool(FieldReader fields) {
        fields.required("name", fields.text("name")).ifPresent(this::name);
        fields.required("role", fields.text("role")).ifPresent(this::role);
        fields.required("max", fields.number("max")).ifPresent(this::max);
        new NodeMarks(problems).labels(fields.textMap("labels"));
        new NodeMarks(problems).taints(fields.texts("taints"));
        fields.end();
    }

    private void name(Found<String> name) {
        if (!Names.isLabel(name.value()) || name.value().length() > 54) {
            add(
                    name,
                    "name-grammar",
                    "pool name \"" + Names.printable(name.value()) + "\" does not fit node names",
                    "use at most 54 of a-z, 0-9 and -, starting and ending with a letter or digit;"
                            + " a node is called NAME-XXXXXXXX");
            return;
        }
        Optional.ofNullable(names.putIfAbsent(name.value(), name.place()))
                .ifPresent(first ->
                        add(
                                name,
                                "duplicate-name",
                                "pool name "
                                        + name.value()
                                        + " is already used in line "
                                        + first.line(),
                                "give every pool its own"));
    }

    private void role(Found<String> role) {
        if (!role.value().equals(Role.WORKER.text())) {
            add(
                    role,
                    "pool-role",
                    "a pool of \"" + Names.printable(role.value()) + "\" cannot be",
                    "write \"role: worker\"; other hosts stand in the spec by name");
        }
    }

    private void max(Found<Long> max) {
        if (max.value() < 1 || max.value() > MOST) {
            add(
                    max,
                    "pool-max",
                    "a pool of at most " + max.value() + " hosts cannot be",
                    "write a number from 1 to " + MOST);
        }
    }

    private void add(Found<?> found, String code, String message, String remedy) {
        problems.add(found.place(), found.path(), code, message, remedy);
    }
}
