package io.davit.controller.flow;

import static org.assertj.core.api.Assertions.assertThat;

import io.davit.controller.TestClock;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class OperationIdsTest {

    private final TestClock clock = new TestClock(Instant.parse("2026-11-23T16:05:01Z"));

    private OperationIds ids(String... given) {
        return new OperationIds(clock, new SecureRandom(), List.of(given));
    }

    private static List<String> some(OperationIds ids, int count) {
        var some = new ArrayList<String>();
        for (int i = 0; i < count; i++) {
            some.add(ids.next());
        }
        return some;
    }

    @Test
    void theySayWhenAndAreSaidAloud() {
        assertThat(ids().next()).matches("20261123-160501-[2-9a-hjkmnp-tv-z]{4}");
    }

    @Test
    void thoseOfOneSecondSortAsTheyWereGiven() {
        var given = some(ids(), 100_000);
        assertThat(given).isSorted().doesNotHaveDuplicates();
        assertThat(given.getLast()).isLessThan("20261123-160510");
    }

    @Test
    void afterTheClockWasSetBackTheyGoOnFromTheNewest() {
        var ids = ids();
        var given = some(ids, 3);
        clock.advance(Duration.ofHours(-2));
        given.addAll(some(ids, 200));
        clock.advance(Duration.ofHours(2));
        given.addAll(some(ids, 3));
        assertThat(given).isSorted().doesNotHaveDuplicates();
    }

    @Test
    void afterARestartTheyGoOnFromWhatIsStored() {
        assertThat(ids("20270101-000000-zzzy", "op1", "20261123-160501-2222").next())
                .isGreaterThan("20270101-000000-zzzy")
                .startsWith("20270101-00000");
        assertThat(ids("op1", "99999999-000000-aaaa").next()).startsWith("20261123-160501-");
    }
}
