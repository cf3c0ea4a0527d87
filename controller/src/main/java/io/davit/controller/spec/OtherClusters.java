package io.davit.controller.spec;

import io.davit.controller.spec.ClusterSpec.HostSpec;
import java.util.List;

/**
 * The rules between clusters: a host is in one of them, and an address stands for one thing. Two
 * load balancers of different clusters with the same virtual IP would not hear each other, and both
 * would hold it.
 */
public final class OtherClusters {

    private OtherClusters() {}

    /**
     * What a valid spec has in common with others and must not.
     *
     * @param others the accepted clusters; one of the same name is passed over
     */
    public static List<Problem> problems(ReadSpec read, List<ClusterSpec> others) {
        var problems = new ProblemList();
        var spec = read.spec().orElseThrow().cluster();
        for (ClusterSpec other : others) {
            if (!other.name().equals(spec.name())) {
                compare(spec, other, read.places(), problems);
            }
        }
        return problems.sorted();
    }

    private static void compare(
            ClusterSpec spec, ClusterSpec other, Places places, ProblemList problems) {
        for (int i = 0; i < spec.hosts().size(); i++) {
            HostSpec host = spec.hosts().get(i);
            String path = "hosts[" + i + "].address";
            for (HostSpec theirs : other.hosts()) {
                if (theirs.address().equals(host.address())) {
                    problems.add(
                            places.of(path),
                            path,
                            "other-cluster",
                            host.address()
                                    + " is host "
                                    + theirs.name()
                                    + " of cluster "
                                    + other.name(),
                            "a host is in one cluster; take another machine");
                }
            }
            if (other.endpoint().virtualIp().equals(java.util.Optional.of(host.address()))) {
                problems.add(
                        places.of(path),
                        path,
                        "other-cluster",
                        host.address() + " is the virtual IP of cluster " + other.name(),
                        "give the machine an address of its own");
            }
        }
        spec.endpoint()
                .virtualIp()
                .ifPresent(address -> virtualIp(address, other, places, problems));
    }

    private static void virtualIp(
            String address, ClusterSpec other, Places places, ProblemList problems) {
        String path = "endpoint.virtualIp";
        boolean theirs = other.endpoint().virtualIp().filter(address::equals).isPresent();
        var host = other.hosts().stream().filter(h -> h.address().equals(address)).findFirst();
        if (theirs || host.isPresent()) {
            problems.add(
                    places.of(path),
                    path,
                    "other-cluster",
                    address
                            + " is "
                            + host.map(h -> "host " + h.name()).orElse("the virtual IP")
                            + " of cluster "
                            + other.name(),
                    "take a free address of the load balancers' network");
        }
    }
}
