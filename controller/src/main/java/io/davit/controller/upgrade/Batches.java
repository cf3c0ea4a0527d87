package io.davit.controller.upgrade;

import io.davit.controller.spec.Role;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * In which order hosts get another build of the agent: first those in no cluster, then workers,
 * load balancers, servers, etcd members; a host with several roles comes with the last of them. One
 * host, one more, then two, four, … up to a tenth of all and never more than {@value #LARGEST}.
 * Pure.
 */
final class Batches {

    static final int LARGEST = 50;

    private Batches() {}

    /** All hosts, in batches. */
    static List<List<Member>> of(List<Member> members) {
        var ordered =
                members.stream()
                        .sorted(
                                Comparator.comparingInt(Batches::rank)
                                        .thenComparing(Member::cluster)
                                        .thenComparing(Member::shown)
                                        .thenComparing(member -> member.id().value()))
                        .toList();
        var batches = new ArrayList<List<Member>>();
        int from = 0;
        while (from < ordered.size()) {
            int to = Math.min(ordered.size(), from + size(batches.size(), ordered.size()));
            batches.add(List.copyOf(ordered.subList(from, to)));
            from = to;
        }
        return List.copyOf(batches);
    }

    /** Of the batch with this number, from 0, of so many hosts in all. */
    static int size(int batch, int hosts) {
        int most = Math.clamp(hosts / 10, 1, LARGEST);
        int growing = batch < 2 ? 1 : 1 << Math.min(batch - 1, 6);
        return Math.min(growing, most);
    }

    private static int rank(Member member) {
        if (member.roles().contains(Role.ETCD)) {
            return 4;
        }
        if (member.roles().contains(Role.CONTROL_PLANE)) {
            return 3;
        }
        if (member.roles().contains(Role.LOAD_BALANCER)) {
            return 2;
        }
        return member.cluster().isEmpty() ? 0 : 1;
    }
}
