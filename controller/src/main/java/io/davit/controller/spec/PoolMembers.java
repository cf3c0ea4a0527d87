package io.davit.controller.spec;

import io.davit.controller.spec.ClusterSpec.HostSpec;
import io.davit.controller.spec.ClusterSpec.PoolSpec;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The rules between a spec and the hosts that its pools have already: members are never removed by
 * a spec, only by name ({@code davit hosts remove}), so the spec has to keep their pool, and room
 * in it.
 */
public final class PoolMembers {

    private PoolMembers() {}

    /** The members of all pools. */
    public static List<HostSpec> of(ClusterSpec spec) {
        return spec.hosts().stream().filter(host -> host.pool().isPresent()).toList();
    }

    /**
     * A spec with these members beside the hosts that its file names, each as its pool wants it
     * now. Those whose pool is gone are left out: {@link #problems} names them.
     */
    public static ClusterSpec join(ClusterSpec spec, List<HostSpec> members) {
        var hosts = new ArrayList<>(spec.hosts());
        for (HostSpec member : members) {
            member.pool()
                    .flatMap(spec::pool)
                    .ifPresent(pool -> hosts.add(pool.member(member.name(), member.address())));
        }
        return spec.withHosts(hosts);
    }

    /**
     * Why a new spec does not go with the members that are there.
     *
     * @param read must be valid
     */
    public static List<Problem> problems(ReadSpec read, List<HostSpec> members) {
        var problems = new ProblemList();
        var spec = read.spec().orElseThrow().cluster();
        Map<String, List<HostSpec>> byPool = new HashMap<>();
        for (HostSpec member : members) {
            byPool.computeIfAbsent(member.pool().orElseThrow(), _ -> new ArrayList<>()).add(member);
            sameHost(spec, member, read, problems);
        }
        byPool.forEach((name, there) -> {
            if (spec.pool(name).isEmpty()) {
                problems.add(
                        read.places().of("pools"),
                        "pools",
                        "pool-members",
                        "pool " + name + " cannot go: it has " + named(there),
                        "remove them first (davit hosts remove NAME), or keep the pool");
            }
        });
        for (int i = 0; i < spec.pools().size(); i++) {
            tooMany(spec.pools().get(i), i, byPool, read, problems);
        }
        return problems.sorted();
    }

    private static void tooMany(
            PoolSpec pool,
            int index,
            Map<String, List<HostSpec>> byPool,
            ReadSpec read,
            ProblemList problems) {
        var there = byPool.getOrDefault(pool.name(), List.of());
        if (there.size() > pool.max()) {
            String path = "pools[" + index + "].max";
            problems.add(
                    read.places().of(path),
                    path,
                    "pool-members",
                    "pool %s cannot have at most %d hosts: it has %s"
                            .formatted(pool.name(), pool.max(), named(there)),
                    "remove some first (davit hosts remove NAME), or write at least "
                            + there.size());
        }
    }

    private static void sameHost(
            ClusterSpec spec, HostSpec member, ReadSpec read, ProblemList problems) {
        for (int i = 0; i < spec.hosts().size(); i++) {
            HostSpec host = spec.hosts().get(i);
            boolean name = host.name().equals(member.name());
            if (name || host.address().equals(member.address())) {
                String path = "hosts[" + i + "]." + (name ? "name" : "address");
                problems.add(
                        read.places().of(path),
                        path,
                        "pool-members",
                        "%s is %s of pool %s"
                                .formatted(
                                        name ? host.name() : host.address(),
                                        name ? "a member" : "the address of " + member.name(),
                                        member.pool().orElseThrow()),
                        "take another, or remove that host first: davit hosts remove "
                                + member.name());
            }
        }
    }

    /** "3 hosts: web-1, web-2, web-3"; of many the first ten. */
    private static String named(List<HostSpec> hosts) {
        var names = hosts.stream().map(HostSpec::name).sorted().toList();
        return "%d host%s: %s%s"
                .formatted(
                        names.size(),
                        names.size() == 1 ? "" : "s",
                        String.join(", ", names.subList(0, Math.min(10, names.size()))),
                        names.size() > 10 ? ", ..." : "");
    }
}
