package io.davit.controller.enroll;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.ZoneOffset;
import org.junit.jupiter.api.Test;

class PeerRateTest {

    private Instant now = Instant.EPOCH;

    private final InstantSource source = () -> now;
    private final Clock clock = source.withZone(ZoneOffset.UTC);

    @Test
    void anAddressMayBurstAndThenGoesAtItsRateWithoutSlowingOthers() {
        var rate = new PeerRate(1, 5, clock);
        for (int i = 0; i < 5; i++) {
            assertThat(rate.admit("198.18.0.11")).isTrue();
        }
        assertThat(rate.admit("198.18.0.11")).isFalse();
        assertThat(rate.admit("198.18.0.12")).isTrue();
        now = now.plus(Duration.ofMillis(999));
        assertThat(rate.admit("198.18.0.11")).isFalse();
        now = now.plus(Duration.ofMillis(2));
        assertThat(rate.admit("198.18.0.11")).isTrue();
        assertThat(rate.admit("198.18.0.11")).isFalse();
        now = now.plus(Duration.ofHours(1));
        int admitted = 0;
        for (int i = 0; i < 20; i++) {
            admitted += rate.admit("198.18.0.11") ? 1 : 0;
        }
        assertThat(admitted).as("a rest saves up no more than one burst").isEqualTo(5);
    }

    @Test
    void aNetworkContainsItsAddressesOfItsOwnKind() {
        Cidr cidr = Cidr.parse("198.18.0.128/25");
        assertThat(cidr.contains(InetAddress.ofLiteral("198.18.0.200"))).isTrue();
        assertThat(cidr.contains(InetAddress.ofLiteral("198.18.0.127"))).isFalse();
        assertThat(cidr.contains(InetAddress.ofLiteral("fd00::1"))).isFalse();
        assertThat(Cidr.parse("fd00::/8").contains(InetAddress.ofLiteral("fd12::1"))).isTrue();
        assertThat(Cidr.parse("0.0.0.0/0").contains(InetAddress.ofLiteral("1.2.3.4"))).isTrue();
        for (String bad :
                new String[] {"", "198.18.0.0", "198.18.0.0/33", "example.test/8", "/8"}) {
            org.assertj.core.api.Assertions.assertThatThrownBy(() -> Cidr.parse(bad))
                    .as(bad)
                    .isInstanceOf(IllegalArgumentException.class);
        }
    }
}
