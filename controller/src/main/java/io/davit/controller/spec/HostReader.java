package io.davit.controller.spec;

import io.davit.common.Names;
import io.davit.common.Nearest;
import io.davit.controller.spec.ClusterSpec.HostSpec;
import io.davit.controller.spec.FieldReader.Found;
import io.davit.controller.spec.YamlTree.Place;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** Reads {@code hosts}, with every rule that needs no look at the rest of the spec. */
final class HostReader {

    private final ProblemList problems;
    private final Map<String, Place> names = new HashMap<>();
    private final Map<String, Place> addresses = new HashMap<>();

    HostReader(ProblemList problems) {
        this.problems = problems;
    }

    /** The hosts that could be read at all; a broken one is a problem. */
    List<HostSpec> read(FieldReader spec) {
        var hosts = new ArrayList<HostSpec>();
        for (Found<YamlTree> item : spec.items("hosts")) {
            spec.section(item).flatMap(this::host).ifPresent(hosts::add);
        }
        if (spec.items("hosts").isEmpty()) {
            spec.required("hosts", Optional.empty());
        }
        return hosts;
    }

    private Optional<HostSpec> host(FieldReader fields) {
        var name = fields.required("name", fields.text("name")).filter(this::validName);
        var address = fields.required("address", fields.text("address")).filter(this::validAddress);
        var roles = roles(fields);
        var labels = new NodeMarks(problems).labels(fields.textMap("labels"));
        var taints = new NodeMarks(problems).taints(fields.texts("taints"));
        fields.end();
        if (name.isEmpty() || address.isEmpty()) {
            return Optional.empty();
        }
        return Optional.of(
                new HostSpec(
                        name.get().value(),
                        address.get().value(),
                        List.copyOf(roles),
                        labels,
                        taints));
    }

    private boolean validName(Found<String> name) {
        if (!Names.isLabel(name.value())) {
            problems.add(
                    name.place(),
                    name.path(),
                    "name-grammar",
                    "host name \"" + Names.printable(name.value()) + "\" is no RFC 1123 label",
                    "use at most 63 of a-z, 0-9 and -, starting and ending with a letter or digit");
            return false;
        }
        return unique(names, name, "duplicate-name", "host name");
    }

    private boolean validAddress(Found<String> address) {
        if (address.value().contains(":")) {
            SpecReader.notYet(
                    address.place(), address.path(), "hosts with IPv6 addresses", problems);
            return false;
        }
        if (!Cidr.isHostAddress(address.value())) {
            problems.add(
                    address.place(),
                    address.path(),
                    "address",
                    "\"" + Names.printable(address.value()) + "\" is no IPv4 address of a host",
                    "write the address from which its agent connects, like 198.18.0.11");
            return false;
        }
        return unique(addresses, address, "duplicate-address", "address");
    }

    private boolean unique(Map<String, Place> seen, Found<String> value, String code, String what) {
        var first = seen.putIfAbsent(value.value(), value.place());
        if (first != null) {
            problems.add(
                    value.place(),
                    value.path(),
                    code,
                    what + " " + value.value() + " is already used in line " + first.line(),
                    "give every host its own");
            return false;
        }
        return true;
    }

    private Set<Role> roles(FieldReader fields) {
        var roles = new LinkedHashSet<Role>();
        var texts = fields.texts("roles");
        for (Found<String> text : texts) {
            var role = Role.of(text.value());
            if (role.isEmpty()) {
                var known = Arrays.stream(Role.values()).map(Role::text).toList();
                problems.add(
                        text.place(),
                        text.path(),
                        "unknown-role",
                        "unknown role \""
                                + Names.printable(text.value())
                                + "\""
                                + Nearest.hint(text.value(), known),
                        "one of " + String.join(", ", known));
            } else if (!roles.add(role.get())) {
                problems.add(
                        text.place(),
                        text.path(),
                        "duplicate-role",
                        "role " + role.get() + " stands here twice",
                        "keep one of them");
            }
        }
        boolean none =
                fields.node("roles")
                        .map(node ->
                                node instanceof YamlTree.Items items && items.nodes().isEmpty())
                        .orElse(true);
        if (none) {
            problems.add(
                    fields.place(),
                    fields.path("roles"),
                    "no-roles",
                    fields.path() + " has no role",
                    "give it one, or leave the host out");
        }
        return roles;
    }
}
