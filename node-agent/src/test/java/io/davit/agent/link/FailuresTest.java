package io.davit.agent.link;

import static org.assertj.core.api.Assertions.assertThat;

import io.grpc.Status;
import java.net.ConnectException;
import java.net.NoRouteToHostException;
import java.net.UnknownHostException;
import java.security.cert.CertificateException;
import org.junit.jupiter.api.Test;

final class FailuresTest {

    @Test
    void saysTheCauseThatHelps() {
        assertThat(why(new ConnectException("Connection refused: /198.18.0.2:7443")))
                .isEqualTo("Connection refused: /198.18.0.2:7443");
        assertThat(why(new NoRouteToHostException("No route to host")))
                .isEqualTo("No route to host");
        assertThat(why(new UnknownHostException("ctl"))).isEqualTo("its name cannot be resolved");
        assertThat(why(new RuntimeException(new CertificateException("odd"))))
                .isEqualTo("its certificate is refused: odd");
    }

    @Test
    void whatAPeerSaysCannotForgeALine() {
        var said = Status.PERMISSION_DENIED.withDescription("no\nerror: \u001b[1mfire");
        assertThat(Failures.why(said.asRuntimeException()))
                .isEqualTo("PERMISSION_DENIED: no\\u000aerror: \\u001b[1mfire");
    }

    @Test
    void knowsARefusalOfTheIdentity() {
        assertThat(Failures.refusedByName(Status.PERMISSION_DENIED.asRuntimeException())).isTrue();
        assertThat(Failures.refusedByName(Status.UNAUTHENTICATED.asRuntimeException())).isTrue();
        assertThat(Failures.refusedByName(Status.UNAVAILABLE.asRuntimeException())).isFalse();
        assertThat(Failures.refusedByName(new IllegalStateException("x"))).isFalse();
    }

    private static String why(Throwable cause) {
        return Failures.why(
                Status.UNAVAILABLE
                        .withDescription("io exception")
                        .withCause(cause)
                        .asRuntimeException());
    }
}
