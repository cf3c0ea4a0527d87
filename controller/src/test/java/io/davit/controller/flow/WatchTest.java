package io.davit.controller.flow;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class WatchTest {

    @Test
    void aLookThatFailsIsFollowedByOthers() throws Exception {
        var looks = new AtomicInteger();
        var third = new CountDownLatch(1);
        try (var watch =
                new Watch(
                        "test",
                        () -> {
                            if (looks.incrementAndGet() == 3) {
                                third.countDown();
                            }
                            throw new IllegalStateException("the store is away");
                        },
                        Duration.ofMillis(1))) {
            watch.start();
            assertThat(third.await(10, TimeUnit.SECONDS)).isTrue();
        }
    }

    @Test
    void closingInterruptsALookAndWaitsForItsEnd() throws Exception {
        var begun = new CountDownLatch(1);
        var ended = new CountDownLatch(1);
        var watch =
                new Watch(
                        "test",
                        () -> {
                            begun.countDown();
                            try {
                                new CountDownLatch(1).await();
                            } finally {
                                ended.countDown();
                            }
                            return Duration.ZERO;
                        },
                        Duration.ofMinutes(1));
        watch.start();
        assertThat(begun.await(10, TimeUnit.SECONDS)).isTrue();
        watch.close();
        assertThat(ended.getCount()).isZero();
    }

    @Test
    void oneThatNeverBeganIsClosedAtOnce() {
        new Watch("test", () -> Duration.ZERO, Duration.ZERO).close();
    }
}
