package io.davit.controller.spec;

import io.davit.controller.spec.ClusterSpec.HostSpec;
import io.davit.controller.spec.ClusterSpec.Network;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/** The rules that need the whole cluster to look at. */
final class ClusterRules {

    private static final Set<Integer> ETCD_COUNTS = Set.of(1, 3, 5, 7);

    private final ProblemList problems;
    private final Places places;

    ClusterRules(ProblemList problems, Places places) {
        this.problems = problems;
        this.places = places;
    }

    void check(List<HostSpec> hosts, Network network) {
        rangesDoNotOverlap(hosts, network);
        if (!problems.isEmpty() && hosts.isEmpty()) {
            return;
        }
        etcdCount(hosts);
        controlPlane(hosts);
        noWorkerBesideAnotherUnit(hosts);
    }

    private void rangesDoNotOverlap(List<HostSpec> hosts, Network network) {
        var ranges = new ArrayList<Range>();
        addRanges(ranges, network.clusterCidrs(), "network.clusterCidrs");
        addRanges(ranges, network.serviceCidrs(), "network.serviceCidrs");
        for (int i = 0; i < ranges.size(); i++) {
            for (int j = 0; j < i; j++) {
                if (ranges.get(i).cidr().overlaps(ranges.get(j).cidr())) {
                    add(
                            ranges.get(i).path(),
                            "cidr-overlap",
                            ranges.get(i).cidr()
                                    + " and "
                                    + ranges.get(j).cidr()
                                    + " ("
                                    + ranges.get(j).path()
                                    + ") overlap",
                            "give pods and services ranges of their own");
                }
            }
        }
        for (HostSpec host : hosts) {
            long address = Cidr.address(host.address()).orElseThrow();
            for (Range range : ranges) {
                if (range.cidr().contains(address)) {
                    add(
                            range.path(),
                            "cidr-overlap",
                            range.cidr()
                                    + " holds the address of host "
                                    + host.name()
                                    + ", "
                                    + host.address(),
                            "take a range that holds no host");
                }
            }
        }
    }

    private void addRanges(List<Range> ranges, List<String> cidrs, String path) {
        for (int i = 0; i < cidrs.size(); i++) {
            String where = path + "[" + i + "]";
            Cidr.parse(cidrs.get(i)).ifPresent(cidr -> ranges.add(new Range(cidr, where)));
        }
    }

    private record Range(Cidr cidr, String path) {}

    private void etcdCount(List<HostSpec> hosts) {
        int members = count(hosts, Role.ETCD);
        if (!ETCD_COUNTS.contains(members)) {
            add(
                    "hosts",
                    "etcd-count",
                    members + " hosts have the role etcd",
                    members == 0
                            ? "give it to 1, 3, 5 or 7 hosts"
                            : "take 1, 3, 5 or 7: an even number tolerates no more losses than one"
                                    + " less");
        }
    }

    private void controlPlane(List<HostSpec> hosts) {
        int servers = count(hosts, Role.CONTROL_PLANE);
        if (servers == 0) {
            add(
                    "hosts",
                    "no-control-plane",
                    "no host has the role control-plane",
                    "give it to at least one host");
        }
    }

    private void noWorkerBesideAnotherUnit(List<HostSpec> hosts) {
        for (HostSpec host : hosts) {
            if (host.has(Role.CONTROL_PLANE)
                    && host.taints().contains("CriticalAddonsOnly=true:NoExecute")
                    && host.has(Role.WORKER)) {
                add(
                        "hosts",
                        "taint",
                        "host " + host.name() + " is a worker too, but its taint keeps pods away",
                        "leave out the taint or the role worker");
            }
        }
    }

    private static int count(List<HostSpec> hosts, Role role) {
        return (int) hosts.stream().filter(host -> host.has(role)).count();
    }

    private void add(String path, String code, String message, String remedy) {
        problems.add(places.of(path), path, code, message, remedy);
    }
}
