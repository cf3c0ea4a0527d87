package io.davit.agent.doctor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.davit.agent.link.Address;
import io.davit.agent.link.FakeController;
import io.davit.agent.link.TestPki;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;

final class TlsLookTest {

    @Test
    void bothListenersOfAControllerShowTheirCertificateToWhoHasNone() throws Exception {
        try (var controller = new FakeController(new TestPki())) {
            for (Address listener :
                    List.of(controller.enrolmentAddress(), controller.gatewayAddress())) {
                var seen = new TlsLook().at(listener);
                assertThat(seen.notBefore()).isBefore(Instant.now());
                assertThat(seen.notAfter()).isAfter(Instant.now());
            }
            assertThat(controller.begins).hasValue(0);
        }
    }

    @Test
    void whatIsNoTlsOrNotThereIsToldSo() throws Exception {
        int port;
        try (var plain = new ServerSocket(0, 1, InetAddress.getByName("127.0.0.1"))) {
            port = plain.getLocalPort();
            Thread.ofVirtual()
                    .start(() -> {
                        try (var caller = plain.accept()) {
                            caller.getOutputStream()
                                    .write(
                                            "HTTP/1.1 400\r\n\r\n"
                                                    .getBytes(
                                                            java.nio.charset.StandardCharsets
                                                                    .US_ASCII));
                        } catch (IOException e) {
                            return;
                        }
                    });
            assertThatThrownBy(() -> new TlsLook().at(new Address("127.0.0.1", port)))
                    .isInstanceOf(IOException.class)
                    .hasMessageContaining("no TLS there");
        }
        assertThatThrownBy(() -> new TlsLook().at(new Address("127.0.0.1", port)))
                .hasMessageContaining("refused");
        assertThatThrownBy(() -> new TlsLook().at(new Address("none.invalid", 1)))
                .hasMessageContaining("cannot be resolved");
    }
}
