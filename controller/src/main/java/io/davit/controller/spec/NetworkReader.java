package io.davit.controller.spec;

import io.davit.common.Names;
import io.davit.common.Nearest;
import io.davit.controller.spec.ClusterSpec.Network;
import io.davit.controller.spec.FieldReader.Found;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Reads {@code network}; the defaults are k3s' own. */
final class NetworkReader {

    static final Network DEFAULT =
            new Network("flannel", "vxlan", List.of("10.42.0.0/16"), List.of("10.43.0.0/16"));

    private static final List<String> CNIS = List.of("flannel", "none");
    private static final List<String> BACKENDS = List.of("vxlan", "host-gw", "wireguard-native");

    private final ProblemList problems;

    NetworkReader(ProblemList problems) {
        this.problems = problems;
    }

    Network read(Optional<FieldReader> section) {
        if (section.isEmpty()) {
            return DEFAULT;
        }
        var fields = section.get();
        String cni = oneOf(fields.text("cni"), CNIS).orElse(DEFAULT.cni());
        var backend = fields.text("flannelBackend");
        String flannelBackend = oneOf(backend, BACKENDS).orElse(DEFAULT.flannelBackend());
        if (cni.equals("none") && backend.isPresent()) {
            problems.add(
                    backend.get().place(),
                    backend.get().path(),
                    "wrong-value",
                    "flannelBackend is given, but cni is none",
                    "leave flannelBackend out, or write \"cni: flannel\"");
        }
        var clusterCidrs = cidrs(fields.texts("clusterCidrs"), DEFAULT.clusterCidrs());
        var serviceCidrs = cidrs(fields.texts("serviceCidrs"), DEFAULT.serviceCidrs());
        fields.end();
        return new Network(cni, flannelBackend, clusterCidrs, serviceCidrs);
    }

    private Optional<String> oneOf(Optional<Found<String>> found, List<String> known) {
        return found.flatMap(text -> {
            if (known.contains(text.value())) {
                return Optional.of(text.value());
            }
            problems.add(
                    text.place(),
                    text.path(),
                    "wrong-value",
                    "unknown value \""
                            + Names.printable(text.value())
                            + "\""
                            + Nearest.hint(text.value(), known),
                    "one of " + String.join(", ", known));
            return Optional.empty();
        });
    }

    private List<String> cidrs(List<Found<String>> found, List<String> otherwise) {
        if (found.isEmpty()) {
            return otherwise;
        }
        var cidrs = new ArrayList<String>();
        for (Found<String> text : found) {
            if (text.value().contains(":")) {
                SpecReader.notYet(text.place(), text.path(), "IPv6 networks", problems);
            } else if (!cidrs.isEmpty()) {
                SpecReader.notYet(text.place(), text.path(), "more than one range", problems);
            } else if (Cidr.parse(text.value())
                    .filter(c -> c.prefix() >= 8 && c.prefix() <= 28)
                    .isEmpty()) {
                problems.add(
                        text.place(),
                        text.path(),
                        "cidr",
                        "\"" + Names.printable(text.value()) + "\" is no range of IPv4 addresses",
                        "write its first address and a prefix from 8 to 28: 198.19.0.0/17");
            } else {
                cidrs.add(text.value());
            }
        }
        return cidrs.isEmpty() ? otherwise : cidrs;
    }
}
