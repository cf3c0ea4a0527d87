package io.davit.controller.serve;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.davit.cli.Credential;
import io.davit.common.Pem;
import io.davit.proto.agent.v1.AgentMessage;
import io.davit.proto.agent.v1.HealthReport;
import io.davit.proto.agent.v1.ProbeStanding;
import io.davit.proto.agent.v1.WatchedProbe;
import io.davit.proto.agent.v1.WatchedRole;
import io.davit.proto.operator.v1.CreateTokenRequest;
import io.netty.channel.embedded.EmbeddedChannel;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.KeyStore;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManagerFactory;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MonitoringTest {

    @TempDir Path directory;
    private ControllerRig rig;
    private TestAgent agent;
    private Path tokenFile;
    private String token;
    private SSLContext tls;
    private HttpClient client;

    @BeforeEach
    void start() throws Exception {
        rig = ControllerRig.start(directory);
        Credential admin = rig.newAdmin("anna");
        agent = new TestAgent();
        agent.enrol(
                rig.serving().enrolmentPort(),
                rig.newToken(admin, CreateTokenRequest.getDefaultInstance()));
        tokenFile = directory.resolve("monitoring.token");
        token = Files.readString(tokenFile).strip();
        tls = trusting(admin.caBundlePem());
        client = HttpClient.newBuilder().sslContext(tls).build();
    }

    @AfterEach
    void stop() {
        client.close();
        agent.close();
        rig.close();
    }

    private static SSLContext trusting(String ca) throws Exception {
        var store = KeyStore.getInstance(KeyStore.getDefaultType());
        store.load(null, null);
        store.setCertificateEntry("ca", Pem.certificates(ca).getFirst());
        var factory = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        factory.init(store);
        var context = SSLContext.getInstance("TLS");
        context.init(null, factory.getTrustManagers(), null);
        return context;
    }

    private HttpRequest.Builder request(String path) {
        return HttpRequest.newBuilder(
                        URI.create("https://127.0.0.1:" + rig.serving().monitoringPort() + path))
                .version(HttpClient.Version.HTTP_1_1);
    }

    private HttpResponse<String> get(String path) throws IOException, InterruptedException {
        return send(request(path).header("Authorization", "Bearer " + token));
    }

    private HttpResponse<String> send(HttpRequest.Builder request)
            throws IOException, InterruptedException {
        return client.send(request.build(), BodyHandlers.ofString());
    }

    private String hostPage() {
        return "/metrics/hosts/" + agent.identity().getHostId();
    }

    @Test
    void theControllerTellsOfItself() throws Exception {
        var page = get("/metrics");
        assertThat(page.statusCode()).isEqualTo(200);
        assertThat(page.headers().firstValue("content-type").orElseThrow())
                .startsWith("text/plain; version=0.0.4");
        assertThat(page.body())
                .contains("# HELP davit_controller_version The running controller; always 1.\n")
                .contains("# TYPE davit_controller_hosts gauge\n")
                .contains("davit_controller_hosts 1.0\n")
                .contains("davit_controller_hosts_connected 0.0\n")
                .contains("jvm_memory_used_bytes{");
    }

    @Test
    void aHostIsThereWhileItReports() throws Exception {
        assertThat(get(hostPage()).statusCode()).as("it is away").isEqualTo(503);
        agent.connect(rig.serving().agentsPort());
        await().untilAsserted(() ->
                assertThat(get(hostPage()).body()).contains("has no report that is new enough"));
        agent.send(
                AgentMessage.newBuilder()
                        .setHealth(
                                HealthReport.newBuilder()
                                        .setMemoryBytes(1024)
                                        .addRoles(
                                                WatchedRole.newBuilder()
                                                        .setRole("etcd")
                                                        .addProbes(probe("health", false))
                                                        .addProbes(
                                                                probe("numbers", true).toBuilder()
                                                                        .putDetails(
                                                                                "has-leader",
                                                                                "true")
                                                                        .putDetails(
                                                                                "db-bytes",
                                                                                "20480"))))
                        .build());
        await().untilAsserted(() -> assertThat(get(hostPage()).statusCode()).isEqualTo(200));
        assertThat(get(hostPage()).body())
                .contains("davit_host_probe_ok{probe=\"health\",role=\"etcd\"} 0.0\n")
                .contains("davit_host_probe_ok{probe=\"numbers\",role=\"etcd\"} 1.0\n")
                .contains("davit_host_role_ok{role=\"etcd\"} 0.0\n")
                .contains("davit_host_etcd_has_leader 1.0\n")
                .contains("davit_host_etcd_database_bytes 20480.0\n")
                .contains("davit_host_memory_size_bytes 1024.0\n");
        agent.close();
        await().untilAsserted(() -> assertThat(get(hostPage()).statusCode()).isEqualTo(503));
    }

    private static WatchedProbe probe(String name, boolean ok) {
        return WatchedProbe.newBuilder()
                .setProbe(name)
                .setStanding(
                        ok ? ProbeStanding.PROBE_STANDING_OK : ProbeStanding.PROBE_STANDING_FAILED)
                .build();
    }

    @Test
    void hostsAreTargetsAtTheAddressThatWasAsked() throws Exception {
        var page = get("/sd");
        assertThat(page.headers().firstValue("content-type")).contains("application/json");
        assertThat(page.body())
                .contains("\"targets\":[\"127.0.0.1:" + rig.serving().monitoringPort() + "\"]")
                .contains("\"__metrics_path__\":\"" + hostPage() + "\"")
                .contains("\"__scheme__\":\"https\"")
                .contains("\"instance\":\"" + agent.identity().getHostId() + "\"");
    }

    @Test
    void withoutTheTokenNothingIsTold() throws Exception {
        for (var wrong :
                new String[] {"Bearer", "Bearer ", "Bearer x" + token, "Digest " + token, token}) {
            var refused = send(request("/metrics").header("Authorization", wrong));
            assertThat(refused.statusCode()).as(wrong).isEqualTo(401);
            assertThat(refused.headers().firstValue("www-authenticate")).contains("Bearer");
            assertThat(refused.body()).isEqualTo("a bearer token is needed\n");
        }
        assertThat(send(request("/nothing")).statusCode()).isEqualTo(401);
        assertThat(get("/nothing").statusCode()).isEqualTo(404);
        assertThat(get("/metrics/hosts/../../etc").statusCode()).isEqualTo(404);
        assertThat(
                        send(request("/metrics")
                                        .header("Authorization", "Bearer " + token)
                                        .method("DELETE", BodyPublishers.noBody()))
                                .statusCode())
                .isEqualTo(405);
    }

    @Test
    void aNewTokenIsInForceAtOnceAndIsReadableByItsOwnerAlone() throws Exception {
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(tokenFile)))
                .isEqualTo("rw-------");
        MonitoringToken.create(tokenFile, new SecureRandom(), Optional.empty());
        assertThat(get("/metrics").statusCode()).isEqualTo(401);
        token = Files.readString(tokenFile).strip();
        assertThat(get("/metrics").statusCode()).isEqualTo(200);
        Files.delete(tokenFile);
        assertThat(get("/metrics").statusCode()).as("no token, no entry").isEqualTo(401);
    }

    @Test
    void whatIsTooLongIsRefused() throws Exception {
        assertThat(raw("GET /" + "x".repeat(3 << 10) + " HTTP/1.1\r\nHost: x\r\n\r\n"))
                .startsWith("HTTP/1.1 400 ");
        assertThat(raw("GET / HTTP/1.1\r\nHost: x\r\nX: " + "x".repeat(9 << 10) + "\r\n\r\n"))
                .startsWith("HTTP/1.1 400 ");
        assertThat(raw("GET / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhello"))
                .startsWith("HTTP/1.1 413 ");
    }

    /** What is answered to these bytes, over TLS, until the other side ends. */
    private String raw(String request) throws IOException {
        try (var socket =
                (SSLSocket)
                        tls.getSocketFactory()
                                .createSocket("127.0.0.1", rig.serving().monitoringPort())) {
            socket.setSoTimeout(5_000);
            socket.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
            socket.getOutputStream().flush();
            InputStream in = socket.getInputStream();
            return new String(in.readNBytes(40), StandardCharsets.US_ASCII);
        }
    }

    @Test
    void aRequestThatTricklesIsCut() {
        var channel =
                new EmbeddedChannel(
                        new RequestDeadline(Duration.ofMinutes(2), Duration.ofSeconds(10)));
        channel.freezeTime();
        for (int second = 0; second < 9; second++) {
            channel.writeInbound("x");
            channel.advanceTimeBy(1, TimeUnit.SECONDS);
            channel.runScheduledPendingTasks();
        }
        assertThat(channel.isOpen()).isTrue();
        channel.writeInbound("x");
        channel.advanceTimeBy(1, TimeUnit.SECONDS);
        channel.runScheduledPendingTasks();
        assertThat(channel.isOpen()).isFalse();
    }

    @Test
    void aConnectionThatAsksNothingIsClosedAfterAWhile() {
        var deadline = new RequestDeadline(Duration.ofMinutes(2), Duration.ofSeconds(10));
        var channel = new EmbeddedChannel(deadline);
        channel.freezeTime();
        channel.writeInbound("a request");
        deadline.answered(channel.pipeline().firstContext());
        channel.advanceTimeBy(119, TimeUnit.SECONDS);
        channel.runScheduledPendingTasks();
        assertThat(channel.isOpen()).isTrue();
        channel.advanceTimeBy(1, TimeUnit.SECONDS);
        channel.runScheduledPendingTasks();
        assertThat(channel.isOpen()).isFalse();
    }
}
