package io.davit.controller.flow;

import static org.assertj.core.api.Assertions.assertThat;

import io.davit.common.HostId;
import io.davit.controller.audit.Actor;
import io.davit.controller.audit.Change;
import io.davit.controller.enroll.HostRecord;
import io.davit.controller.enroll.HostState;
import io.davit.controller.enroll.Place;
import io.davit.controller.enroll.Retirement;
import io.davit.proto.operator.v1.Finding;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class FreeHostsTest {

    private static final HostId ID = new HostId("3f9a01c2000000000000000000000000");

    private FlowBench bench;
    private FreeHosts free;

    @BeforeEach
    void lay() throws Exception {
        bench = new FlowBench();
        free = new FreeHosts(bench.hosts(), bench.fleet());
    }

    @AfterEach
    void close() {
        bench.close();
    }

    private static HostRecord host(HostId id, HostState state) {
        return FlowBench.host(id, state, "vm7");
    }

    private void put(HostRecord host) {
        bench.changes.make(
                new Change(Actor.controller(), "test", "host", ""),
                transaction -> {
                    transaction.put(HostRecord.TABLE, host.id(), host);
                    return host;
                });
    }

    private Finding finding(String subject) {
        return free.of(subject).orElseThrow().getFindings(0);
    }

    @Test
    void oneThatWaitsForAPersonIsToldWithItsWords() {
        put(host(ID, HostState.PENDING));

        assertThat(free.of("3f9a01").orElseThrow().getSummary())
                .isEqualTo("host vm7 (3f9a01c20000) is in no cluster");
        assertThat(finding("vm7").getWhat()).isEqualTo("3f9a01c20000 is pending");
        assertThat(finding("vm7").getRemedy())
                .contains("able baker")
                .endsWith("davit hosts approve 3f9a01c20000");
    }

    @Test
    void oneThatIsFreeIsToldAsAway() {
        put(host(ID, HostState.ACTIVE));

        assertThat(finding("vm7").getError()).isEqualTo("its agent is away");
    }

    @Test
    void oneThatWasGivenUpIsToldWithItsCluster() {
        var host = host(ID, HostState.ACTIVE);
        bench.changes.make(
                new Change(Actor.controller(), "test", "host", ""),
                transaction -> {
                    Retirement.begin(transaction, host, new Place("small", "w2"), true);
                    return host;
                });

        assertThat(finding("vm7").getError())
                .isEqualTo(
                        "cluster small gave it up as w2; it has not been back since, and may still"
                                + " run what it ran there");
        assertThat(finding("vm7").getRemedy()).startsWith("davit hosts remove 3f9a01c20000 ");
    }

    @Test
    void severalOfOneNameAreTold() {
        put(host(ID, HostState.BANNED));
        put(host(new HostId("4f9a01c2000000000000000000000000"), HostState.ACTIVE));

        assertThat(free.of("vm7").orElseThrow().getFindingsCount()).isEqualTo(2);
        assertThat(free.of("4f9a01").orElseThrow().getFindingsCount()).isOne();
    }

    @Test
    void oneInAClusterIsNotFree() {
        put(host(ID, HostState.ACTIVE));
        bench.changes.make(
                new Change(Actor.controller(), "test", "host", ""),
                transaction -> {
                    transaction.put(Place.TABLE, ID.value(), new Place("small", "w2"));
                    return ID;
                });

        assertThat(free.of("vm7")).isEmpty();
        assertThat(free.subjects()).isEmpty();
    }
}
