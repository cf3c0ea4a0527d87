package io.davit.controller.serve;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import org.junit.jupiter.api.Test;

class AddressAdmissionTest {

    private static final ListenerLimits LIMITS = ListenerLimits.enrolment(1000);

    private final AddressAdmission admission =
            new AddressAdmission(
                    LIMITS, Clock.fixed(Instant.parse("2026-01-01T00:00:00Z"), ZoneOffset.UTC));

    private static InetAddress address(int last) throws Exception {
        return InetAddress.getByAddress(new byte[] {(byte) 198, 18, 0, (byte) last});
    }

    @Test
    void oneAddressThatComesAndGoesLeavesRoomForOthers() throws Exception {
        for (int i = 0; i < 1000; i++) {
            admission.enter(address(1));
        }

        assertThat(admission.enter(address(2))).isTrue();
        assertThat(admission.enter(address(1))).isFalse();
    }

    @Test
    void allAddressesTogetherStayBelowThePortsRate() throws Exception {
        int admitted = 0;
        for (int i = 0; i < 200; i++) {
            admitted += admission.enter(address(i)) ? 1 : 0;
        }

        assertThat(admitted).isEqualTo(LIMITS.newPerSecond());
    }
}
