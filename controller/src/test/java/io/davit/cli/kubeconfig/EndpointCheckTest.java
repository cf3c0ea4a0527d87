package io.davit.cli.kubeconfig;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsParameters;
import com.sun.net.httpserver.HttpsServer;
import io.davit.common.Keys;
import io.davit.common.Pem;
import io.davit.controller.report.Kubeconfig;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.security.KeyPair;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import javax.net.ssl.SSLParameters;
import org.bouncycastle.asn1.x509.GeneralName;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Against a real TLS server on loopback that requires the client certificate. */
class EndpointCheckTest {

    private static final GeneralName LOOPBACK = new GeneralName(GeneralName.iPAddress, "127.0.0.1");

    private final EndpointCheck check = new EndpointCheck(Duration.ofSeconds(20));
    private final AtomicInteger readyz = new AtomicInteger(200);
    private final AtomicReference<String> client = new AtomicReference<>("");
    private TestAuthority serverCa;
    private TestAuthority clientCa;
    private HttpsServer server;

    @BeforeEach
    void authorities() throws Exception {
        serverCa = new TestAuthority("server-ca");
        clientCa = new TestAuthority("client-ca");
        start(LOOPBACK);
    }

    @AfterEach
    void stop() {
        server.stop(0);
    }

    private void start(GeneralName name) throws Exception {
        var context = serverCa.server(name, clientCa);
        server = HttpsServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.setHttpsConfigurator(
                new HttpsConfigurator(context) {
                    @Override
                    public void configure(HttpsParameters parameters) {
                        SSLParameters wanted = context.getDefaultSSLParameters();
                        wanted.setNeedClientAuth(true);
                        parameters.setSSLParameters(wanted);
                    }
                });
        server.createContext(
                "/",
                exchange -> {
                    var session = ((com.sun.net.httpserver.HttpsExchange) exchange).getSSLSession();
                    client.set(session.getPeerPrincipal().getName());
                    boolean version = exchange.getRequestURI().getPath().equals("/version");
                    byte[] body =
                            (version ? "{\n  \"gitVersion\": \"v1.34.1+k3s1\"\n}" : "ok")
                                    .getBytes(StandardCharsets.UTF_8);
                    exchange.sendResponseHeaders(version ? 200 : readyz.get(), body.length);
                    exchange.getResponseBody().write(body);
                    exchange.close();
                });
        server.start();
    }

    private String url(String host) {
        return "https://" + host + ":" + server.getAddress().getPort();
    }

    private Access access(String url, TestAuthority trusted, TestAuthority signer)
            throws Exception {
        KeyPair pair = Keys.newP256(new SecureRandom());
        String kubeconfig =
                Kubeconfig.of(
                        "prod",
                        url,
                        Pem.ofCertificate(trusted.certificate()),
                        Pem.ofCertificate(signer.sign("davit:anna", pair, List.of(), false)),
                        Pem.ofPrivateKey(pair.getPrivate()));
        return Access.of(kubeconfig, "prod");
    }

    @Test
    void aServerThatTakesTheCertificateTellsItsVersion() throws Exception {
        var finding = check.of(access(url("127.0.0.1"), serverCa, clientCa));
        assertThat(finding.text()).isEqualTo("v1.34.1+k3s1");
        assertThat(finding.works()).isTrue();
        assertThat(client.get()).isEqualTo("CN=davit:anna");
    }

    @Test
    void aNameThatNobodyKnowsIsSaidSo() throws Exception {
        var finding = check.of(access("https://api.prod.invalid:6443", serverCa, clientCa));
        assertThat(finding.works()).isFalse();
        assertThat(finding.text()).startsWith("cannot find api.prod.invalid");
        assertThat(finding.remedy()).contains("DNS");
    }

    @Test
    void aClosedPortIsAboutConnecting() throws Exception {
        var access = access(url("127.0.0.1"), serverCa, clientCa);
        server.stop(0);
        assertThat(check.of(access).text()).startsWith("cannot connect to https://127.0.0.1:");
    }

    @Test
    void aServerThatSaysNothingIsGivenUpAfterTheDeadline() throws Exception {
        try (var silent = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            String url = "https://127.0.0.1:" + silent.getLocalPort();
            var finding =
                    new EndpointCheck(Duration.ofMillis(300)).of(access(url, serverCa, clientCa));
            assertThat(finding.text()).startsWith("cannot reach " + url + ": no answer in time");
        }
    }

    /** Answers with so many bytes and never ends. */
    private void endless(int bytes) {
        server.removeContext("/");
        server.createContext(
                "/",
                exchange -> {
                    exchange.sendResponseHeaders(200, 0);
                    exchange.getResponseBody().write(new byte[bytes]);
                    exchange.getResponseBody().flush();
                });
    }

    @Test
    @Timeout(value = 15, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
    void aBodyThatDoesNotEndIsGivenUpAfterTheDeadline() throws Exception {
        endless(1);
        var access = access(url("127.0.0.1"), serverCa, clientCa);
        assertThat(new EndpointCheck(Duration.ofSeconds(3)).of(access).text())
                .startsWith("cannot reach ")
                .endsWith("no answer in time");
    }

    @Test
    @Timeout(value = 15, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
    void aBodyThatIsTooLongIsNotReadToItsEnd() throws Exception {
        endless(100_000);
        assertThat(check.of(access(url("127.0.0.1"), serverCa, clientCa)).text())
                .endsWith("the answer is longer than 65536 bytes");
    }

    @Test
    void aCertificateForOtherNamesIsNotTrusted() throws Exception {
        server.stop(0);
        start(new GeneralName(GeneralName.dNSName, "api.other.test"));
        var finding = check.of(access(url("127.0.0.1"), serverCa, clientCa));
        assertThat(finding.text()).contains("certificate is for other names");
    }

    @Test
    void aServerOfAnotherCaIsNotTrusted() throws Exception {
        var finding = check.of(access(url("127.0.0.1"), new TestAuthority("server-ca"), clientCa));
        assertThat(finding.works()).isFalse();
        assertThat(finding.text()).startsWith("cannot talk TLS with");
    }

    @Test
    void aClientCertificateOfAnotherCaDoesNotGetIn() throws Exception {
        var finding = check.of(access(url("127.0.0.1"), serverCa, new TestAuthority("client-ca")));
        assertThat(finding.works()).isFalse();
        assertThat(finding.text()).startsWith("cannot ");
        assertThat(client.get()).isEmpty();
    }

    @Test
    void refusalsNameTheirStep() throws Exception {
        var access = access(url("127.0.0.1"), serverCa, clientCa);
        readyz.set(401);
        assertThat(check.of(access).text()).startsWith("cannot log in").contains("401");
        readyz.set(403);
        assertThat(check.of(access).text()).contains("403").contains("no rights");
        readyz.set(503);
        assertThat(check.of(access).text()).contains("answers 503");
        assertThat(check.of(access).remedy()).contains("davit status");
    }
}
