package io.davit.agent.link;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Random;
import org.junit.jupiter.api.Test;

final class BackoffTest {

    @Test
    void drawsFromARangeThatDoublesUpToAMinute() {
        var longest = new ArrayList<Duration>();
        for (int attempt = 0; attempt < 9; attempt++) {
            longest.add(Duration.ZERO);
        }
        for (long seed = 0; seed < 500; seed++) {
            var backoff = new Backoff(new Random(seed));
            for (int attempt = 0; attempt < 9; attempt++) {
                var next = backoff.next();
                long ceiling = Math.min(60_000, 1000L << attempt);
                assertThat(next.toMillis())
                        .as("seed %d, attempt %d", seed, attempt)
                        .isBetween(100L, ceiling);
                if (next.compareTo(longest.get(attempt)) > 0) {
                    longest.set(attempt, next);
                }
            }
        }
        assertThat(longest.getFirst()).isGreaterThan(Duration.ofMillis(900));
        assertThat(longest.getLast()).isGreaterThan(Duration.ofSeconds(55));
    }

    @Test
    void startsAgainAfterSuccess() {
        var backoff = new Backoff(new Random(1));
        for (int attempt = 0; attempt < 8; attempt++) {
            backoff.next();
        }
        backoff.reset();
        assertThat(backoff.next()).isLessThanOrEqualTo(Duration.ofSeconds(1));
        assertThat(backoff.failures()).isEqualTo(1);
    }
}
