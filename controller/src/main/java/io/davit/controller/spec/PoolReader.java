package io.davit.controller.spec;

import io.davit.common.Names;
import io.davit.controller.spec.ClusterSpec.PoolSpec;
import io.davit.controller.spec.FieldReader.Found;
import io.davit.controller.spec.YamlTree.Place;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Reads {@code pools}: workers that join by booting. */
final class PoolReader {

    private static final int MOST = 10_000;

    private final ProblemList problems;
    private final Map<String, Place> names = new HashMap<>();

    PoolReader(ProblemList problems) {
        this.problems = problems;
    }

    /** The pools that could be read at all; a broken one is a problem. */
    List<PoolSpec> read(FieldReader spec) {
        var pools = new ArrayList<PoolSpec>();
        for (Found<YamlTree> item : spec.items("pools")) {
            spec.section(item).flatMap(this::pool).ifPresent(pools::add);
        }
        return pools;
    }

    private Optional<PoolSpec> pool(FieldReader fields) {
        var name = fields.required("name", fields.text("name")).filter(this::validName);
        fields.required("role", fields.text("role")).ifPresent(this::role);
        var max = fields.required("max", fields.number("max")).filter(this::validMax);
        var labels = new NodeMarks(problems).labels(fields.textMap("labels"));
        var taints = new NodeMarks(problems).taints(fields.texts("taints"));
        fields.end();
        if (name.isEmpty() || max.isEmpty()) {
            return Optional.empty();
        }
        return Optional.of(
                new PoolSpec(name.get().value(), max.get().value().intValue(), labels, taints));
    }

    private boolean validName(Found<String> name) {
        if (!Names.isLabel(name.value()) || name.value().length() > 54) {
            add(
                    name,
                    "name-grammar",
                    "pool name \"" + Names.printable(name.value()) + "\" does not fit node names",
                    "use at most 54 of a-z, 0-9 and -, starting and ending with a letter or digit;"
                            + " a node is called NAME-XXXXXXXX");
            return false;
        }
        var first = names.putIfAbsent(name.value(), name.place());
        if (first != null) {
            add(
                    name,
                    "duplicate-name",
                    "pool name " + name.value() + " is already used in line " + first.line(),
                    "give every pool its own");
        }
        return first == null;
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

    private boolean validMax(Found<Long> max) {
        boolean good = max.value() >= 1 && max.value() <= MOST;
        if (!good) {
            add(
                    max,
                    "pool-max",
                    "a pool of at most " + max.value() + " hosts cannot be",
                    "write a number from 1 to " + MOST);
        }
        return good;
    }

    private void add(Found<?> found, String code, String message, String remedy) {
        problems.add(found.place(), found.path(), code, message, remedy);
    }
}
