package io.davit.controller.spec;

import io.davit.common.Names;
import io.davit.controller.spec.ClusterSpec.Endpoint;
import io.davit.controller.spec.FieldReader.Found;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Reads {@code endpoint}: names and the virtual IP that stand for the control plane. */
final class EndpointReader {

    private final ProblemList problems;

    EndpointReader(ProblemList problems) {
        this.problems = problems;
    }

    Endpoint read(Optional<FieldReader> section) {
        if (section.isEmpty()) {
            return new Endpoint(List.of(), Optional.empty());
        }
        var fields = section.get();
        var names = names(fields.texts("names"));
        var virtualIp = fields.text("virtualIp").filter(this::usable);
        fields.end();
        return new Endpoint(names, virtualIp.map(Found::value));
    }

    private List<String> names(List<Found<String>> found) {
        var names = new ArrayList<String>();
        for (Found<String> name : found) {
            if (!Names.isDnsName(name.value()) || Cidr.address(name.value()).isPresent()) {
                problems.add(
                        name.place(),
                        name.path(),
                        "endpoint-name",
                        "\"" + Names.printable(name.value()) + "\" is no DNS name",
                        "write names like api.example.test here, and addresses as virtualIp");
            } else if (names.contains(name.value())) {
                problems.add(
                        name.place(),
                        name.path(),
                        "duplicate-name",
                        "endpoint name \"" + name.value() + "\" stands here twice",
                        "keep one of them");
            } else {
                names.add(name.value());
            }
        }
        return names;
    }

    private boolean usable(Found<String> address) {
        if (address.value().contains(":")) {
            SpecReader.notYet(
                    address.place(), address.path(), "virtual IPs of IPv6 networks", problems);
            return false;
        }
        if (Cidr.isHostAddress(address.value())) {
            return true;
        }
        problems.add(
                address.place(),
                address.path(),
                "virtual-ip",
                "\"" + Names.printable(address.value()) + "\" is no IPv4 address of a host",
                "write a free address of the load balancers' network, like 198.18.0.100");
        return false;
    }
}
