package io.davit.agent.system;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsExchange;
import com.sun.net.httpserver.HttpsParameters;
import com.sun.net.httpserver.HttpsServer;
import io.davit.common.Keys;
import io.davit.common.Pem;
import java.io.IOException;
import java.math.BigInteger;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyPair;
import java.security.KeyStore;
import java.security.SecureRandom;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.Date;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.TrustManagerFactory;
import org.bouncycastle.asn1.sec.ECPrivateKey;
import org.bouncycastle.asn1.sec.SECObjectIdentifiers;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x509.BasicConstraints;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.cert.jcajce.JcaX509CertificateConverter;
import org.bouncycastle.cert.jcajce.JcaX509v3CertificateBuilder;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Against a TLS server that wants a client certificate. */
final class LoopbackKubeApiTest {

    private static final Duration DEADLINE = Duration.ofSeconds(10);

    @TempDir Path directory;
    private final SecureRandom random = new SecureRandom();
    private final KeyPair caKeys = Keys.newP256(random);
    private final X509Certificate ca = certificate("ca", "ca", caKeys, caKeys);
    private final List<String> heard = new CopyOnWriteArrayList<>();
    private final CountDownLatch end = new CountDownLatch(1);
    private final KeyPair serverKeys = Keys.newP256(random);
    private final KeyPair adminKeys = Keys.newP256(random);
    private final X509Certificate admin = certificate("admin", "ca", adminKeys, caKeys);
    private HttpsServer server;
    private KubeApi api;

    @BeforeEach
    void serve() throws Exception {
        var leaf = certificate("server", "ca", serverKeys, caKeys);
        var own = KeyStore.getInstance("PKCS12");
        own.load(null, null);
        own.setKeyEntry(
                "own", serverKeys.getPrivate(), new char[0], new X509Certificate[] {leaf, ca});
        var keys = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
        keys.init(own, new char[0]);
        var trusted = KeyStore.getInstance("PKCS12");
        trusted.load(null, null);
        trusted.setCertificateEntry("ca", ca);
        var trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        trust.init(trusted);
        var context = SSLContext.getInstance("TLS");
        context.init(keys.getKeyManagers(), trust.getTrustManagers(), null);
        server =
                HttpsServer.create(new InetSocketAddress(InetAddress.getByName("127.0.0.1"), 0), 0);
        server.setHttpsConfigurator(
                new HttpsConfigurator(context) {
                    @Override
                    public void configure(HttpsParameters parameters) {
                        SSLParameters tls = context.getDefaultSSLParameters();
                        tls.setNeedClientAuth(true);
                        parameters.setSSLParameters(tls);
                    }
                });
        server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
        server.createContext("/", exchange -> answer((HttpsExchange) exchange));
        server.start();
        var files = new HostFiles(directory, name -> "nobody");
        api = new LoopbackKubeApi(files);
    }

    @AfterEach
    void stop() {
        end.countDown();
        server.stop(0);
    }

    private void answer(HttpsExchange exchange) throws IOException {
        String who = exchange.getSSLSession().getPeerPrincipal().getName();
        String body = new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
        heard.add(
                "%s %s %s %s"
                        .formatted(
                                who, exchange.getRequestMethod(), exchange.getRequestURI(), body));
        switch (exchange.getRequestURI().getPath()) {
            case "/hangs" -> awaitEnd();
            case "/endless" -> {
                exchange.sendResponseHeaders(200, 0);
                try (var out = exchange.getResponseBody()) {
                    for (int i = 0; i < 16 * 1024; i++) {
                        out.write(new byte[1024]);
                    }
                }
            }
            case "/none" -> respond(exchange, 404, "{\"message\":\"not found\"}");
            default -> respond(exchange, 200, "ok");
        }
    }

    private void awaitEnd() {
        try {
            end.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static void respond(HttpsExchange exchange, int status, String body)
            throws IOException {
        byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
        exchange.sendResponseHeaders(status, bytes.length);
        try (var out = exchange.getResponseBody()) {
            out.write(bytes);
        }
    }

    private void kubeconfig(X509Certificate trusted, X509Certificate certificate, String keyPem)
            throws IOException {
        kubeconfig(
                "https://127.0.0.1:" + server.getAddress().getPort(), trusted, certificate, keyPem);
    }

    private void kubeconfig(
            String url, X509Certificate trusted, X509Certificate certificate, String keyPem)
            throws IOException {
        Path file = directory.resolve("etc/rancher/k3s/k3s.yaml");
        Files.createDirectories(file.getParent());
        Files.writeString(
                file,
                """
                apiVersion: v1
                clusters:
                - cluster:
                    certificate-authority-data: %s
                    server: %s
                  name: default
                contexts:
                - context:
                    cluster: default
                    user: default
                  name: default
                current-context: default
                kind: Config
                preferences: {}
                users:
                - name: default
                  user:
                    client-certificate-data: %s
                    client-key-data: %s
                """
                        .formatted(
                                base64(Pem.ofCertificate(trusted)),
                                url,
                                base64(Pem.ofCertificate(certificate)),
                                base64(keyPem)));
    }

    private static String base64(String text) {
        return Base64.getEncoder().encodeToString(text.getBytes(StandardCharsets.US_ASCII));
    }

    /** As Go's x509.MarshalECPrivateKey writes keys, and so k3s: with the curve inside. */
    private static String sec1(KeyPair keys) throws IOException {
        var key =
                new ECPrivateKey(
                        256,
                        ((java.security.interfaces.ECPrivateKey) keys.getPrivate()).getS(),
                        SECObjectIdentifiers.secp256r1);
        return Pem.encode("EC PRIVATE KEY", key.getEncoded());
    }

    private X509Certificate certificate(String name, String issuer, KeyPair keys, KeyPair by) {
        try {
            var builder =
                    new JcaX509v3CertificateBuilder(
                            new X500Name("CN=" + issuer),
                            new BigInteger(127, random),
                            Date.from(Instant.now().minusSeconds(60)),
                            Date.from(Instant.now().plusSeconds(3600)),
                            new X500Name("CN=" + name),
                            keys.getPublic());
            builder.addExtension(
                    Extension.basicConstraints, true, new BasicConstraints(name.equals(issuer)));
            builder.addExtension(
                    Extension.subjectAlternativeName,
                    false,
                    new GeneralNames(new GeneralName(GeneralName.iPAddress, "127.0.0.1")));
            return new JcaX509CertificateConverter()
                    .getCertificate(
                            builder.build(
                                    new JcaContentSignerBuilder("SHA256withECDSA")
                                            .build(by.getPrivate())));
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }

    @Test
    void asksAsTheAdminThatTheFileNames() throws Exception {
        kubeconfig(ca, admin, sec1(adminKeys));
        assertThat(api.send(KubeApi.Request.get("/readyz?verbose"), DEADLINE))
                .isEqualTo(new KubeApi.Answer(200, "ok"));
        var patch =
                new KubeApi.Request("PATCH", "/api/v1/nodes/w1", KubeApi.MERGE_PATCH, "{\"a\":1}");
        assertThat(api.send(patch, DEADLINE).ok()).isTrue();
        assertThat(api.send(KubeApi.Request.get("/none"), DEADLINE))
                .isEqualTo(new KubeApi.Answer(404, "{\"message\":\"not found\"}"));
        assertThat(heard)
                .containsExactly(
                        "CN=admin GET /readyz?verbose ",
                        "CN=admin PATCH /api/v1/nodes/w1 {\"a\":1}",
                        "CN=admin GET /none ");
    }

    @Test
    void followsTheFileWhenK3sRenewsItsAdmin() throws Exception {
        kubeconfig(ca, admin, sec1(adminKeys));
        api.send(KubeApi.Request.get("/one"), DEADLINE);
        var keys = Keys.newP256(random);
        kubeconfig(
                ca,
                certificate("renewed", "ca", keys, caKeys),
                Pem.ofPrivateKey(keys.getPrivate()).revealText());
        api.send(KubeApi.Request.get("/two"), DEADLINE);
        assertThat(heard).containsExactly("CN=admin GET /one ", "CN=renewed GET /two ");
    }

    @Test
    void trustsTheClustersCaOnly() throws Exception {
        var keys = Keys.newP256(random);
        kubeconfig(certificate("ca", "ca", keys, keys), admin, sec1(adminKeys));
        assertThatThrownBy(() -> api.send(KubeApi.Request.get("/readyz"), DEADLINE))
                .isInstanceOf(IOException.class)
                .hasMessageEndingWith("signature check failed");
        assertThat(heard).isEmpty();
    }

    @Test
    void saysWhatIsMissing() throws Exception {
        assertThatThrownBy(() -> api.send(KubeApi.Request.get("/readyz"), DEADLINE))
                .hasMessage("k3s has not written /etc/rancher/k3s/k3s.yaml yet");
        kubeconfig("https://198.18.0.9:6443", ca, admin, sec1(adminKeys));
        assertThatThrownBy(() -> api.send(KubeApi.Request.get("/readyz"), DEADLINE))
                .hasMessage(
                        "/etc/rancher/k3s/k3s.yaml names the server \"https://198.18.0.9:6443\","
                                + " which is not this host");
        kubeconfig(ca, admin, "no key");
        assertThatThrownBy(() -> api.send(KubeApi.Request.get("/readyz"), DEADLINE))
                .hasMessage(
                        "cannot use /etc/rancher/k3s/k3s.yaml: client-key-data holds no private"
                                + " key");
        Files.writeString(directory.resolve("etc/rancher/k3s/k3s.yaml"), "server: x\n");
        assertThatThrownBy(() -> api.send(KubeApi.Request.get("/readyz"), DEADLINE))
                .hasMessageContaining("names the server \"x\"");
    }

    @Test
    void nothingHoldsItLongerThanTheDeadlineNorFillsItsMemory() throws Exception {
        kubeconfig(ca, admin, sec1(adminKeys));
        assertThatThrownBy(() -> api.send(KubeApi.Request.get("/hangs"), Duration.ofSeconds(1)))
                .hasMessage("no answer within 1 s");
        assertThatThrownBy(() -> api.send(KubeApi.Request.get("/endless"), DEADLINE))
                .isInstanceOf(IOException.class);
        server.stop(0);
        assertThatThrownBy(() -> api.send(KubeApi.Request.get("/readyz"), DEADLINE))
                .hasMessage("connection refused");
    }
}
