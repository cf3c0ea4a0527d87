package io.davit.controller.upgrade;

import static org.assertj.core.api.Assertions.assertThat;

import io.davit.common.HostId;
import io.davit.controller.spec.Role;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class BatchesTest {

    private static Member member(String name, String cluster, Role... roles) {
        return new Member(
                new HostId(String.format("%032x", name.hashCode() & 0xffffffffL)),
                name,
                cluster,
                cluster.isEmpty() ? "" : name,
                Set.of(roles));
    }

    private static List<Integer> sizes(int hosts) {
        var all = IntStream.range(0, hosts).mapToObj(i -> member("h" + i, "")).toList();
        return Batches.of(all).stream().map(List::size).toList();
    }

    @Test
    void whatMattersLeastComesFirst() {
        var hosts =
                new ArrayList<>(
                        List.of(
                                member("e1", "c", Role.ETCD),
                                member("e2", "c", Role.ETCD, Role.LOAD_BALANCER),
                                member("s1", "c", Role.CONTROL_PLANE, Role.WORKER),
                                member("l1", "c", Role.LOAD_BALANCER),
                                member("w1", "c", Role.WORKER),
                                member("free", "")));
        Collections.shuffle(hosts, new Random(7));
        assertThat(Batches.of(hosts).stream().flatMap(List::stream).map(Member::hostname))
                .containsExactly("free", "w1", "l1", "s1", "e1", "e2");
    }

    @Test
    void oneThenOneThenDoublesUpToATenth() {
        assertThat(sizes(6)).containsExactly(1, 1, 1, 1, 1, 1);
        assertThat(sizes(40)).startsWith(1, 1, 2, 4, 4).endsWith(4);
        assertThat(sizes(1_000)).startsWith(1, 1, 2, 4, 8, 16, 32, 50, 50);
        assertThat(sizes(10_000)).allMatch(size -> size <= Batches.LARGEST);
        assertThat(sizes(1_000).stream().mapToInt(Integer::intValue).sum()).isEqualTo(1_000);
        assertThat(sizes(0)).isEmpty();
    }
}
