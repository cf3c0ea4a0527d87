package io.davit.controller.serve;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.davit.cli.CliException;
import io.davit.cli.Connection;
import io.davit.cli.Credential;
import io.davit.cli.ExitCode;
import io.davit.common.Pem;
import io.davit.controller.access.AccessLevel;
import io.davit.proto.operator.v1.CreateTokenRequest;
import io.davit.proto.operator.v1.ListHostsRequest;
import io.davit.proto.operator.v1.VersionRequest;
import io.grpc.CallOptions;
import io.grpc.ManagedChannel;
import io.grpc.MethodDescriptor;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.netty.GrpcSslContexts;
import io.grpc.netty.NettyChannelBuilder;
import io.grpc.protobuf.ProtoUtils;
import io.grpc.stub.ClientCalls;
import io.netty.handler.ssl.SslContextBuilder;
import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLHandshakeException;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManager;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIf;
import org.junit.jupiter.api.io.TempDir;

class ListenersTest {

    @TempDir private Path directory;

    private ControllerRig rig;
    private Credential anna;

    @BeforeEach
    void start() throws Exception {
        rig = ControllerRig.start(directory);
        anna = rig.newAdmin("anna");
    }

    @AfterEach
    void stop() {
        rig.close();
    }

    @Test
    void anOperatorsLevelIsReadForEachCall() {
        try (Connection connection = Connection.open(anna)) {
            Function<Connection, Object> create =
                    c -> c.tokens().create(CreateTokenRequest.getDefaultInstance());
            connection.ask(create);
            rig.setLevel("anna", AccessLevel.MAINTAINER, true);
            assertThatThrownBy(() -> connection.ask(create))
                    .hasMessageContaining("access level admin is needed");
            connection.ask(c -> c.hosts().list(ListHostsRequest.getDefaultInstance()));
            rig.setLevel("anna", AccessLevel.ADMIN, false);
            assertThatThrownBy(() ->
                            connection.ask(c ->
                                    c.controller().version(VersionRequest.getDefaultInstance())))
                    .isInstanceOfSatisfying(
                            CliException.class,
                            e -> assertThat(e.exitCode()).isEqualTo(ExitCode.FAILED));
        }
    }

    private ManagedChannel channel(int port) throws Exception {
        return NettyChannelBuilder.forAddress("127.0.0.1", port)
                .sslContext(
                        GrpcSslContexts.configure(SslContextBuilder.forClient())
                                .trustManager(
                                        Pem.certificates(anna.caBundlePem())
                                                .toArray(X509Certificate[]::new))
                                .keyManager(
                                        Pem.ecPrivateKey(anna.privateKeyPem()),
                                        Pem.certificates(anna.certificateChainPem())
                                                .toArray(X509Certificate[]::new))
                                .build())
                .build();
    }

    private Status.Code call(int port, String method) throws Exception {
        ManagedChannel channel = channel(port);
        try {
            ClientCalls.blockingUnaryCall(
                    channel,
                    MethodDescriptor.<VersionRequest, VersionRequest>newBuilder()
                            .setType(MethodDescriptor.MethodType.UNARY)
                            .setFullMethodName(method)
                            .setRequestMarshaller(
                                    ProtoUtils.marshaller(VersionRequest.getDefaultInstance()))
                            .setResponseMarshaller(
                                    ProtoUtils.marshaller(VersionRequest.getDefaultInstance()))
                            .build(),
                    CallOptions.DEFAULT.withDeadlineAfter(10, TimeUnit.SECONDS),
                    VersionRequest.getDefaultInstance());
            return Status.Code.OK;
        } catch (StatusRuntimeException e) {
            return e.getStatus().getCode();
        } finally {
            channel.shutdownNow();
        }
    }

    @Test
    void whatIsNotServedOnAPortIsUnknownThere() throws Exception {
        for (String method :
                List.of(
                        "davit.operator.v1.Local/NewAdmin",
                        "davit.agent.v1.Enrollment/Begin",
                        "davit.agent.v1.AgentGateway/Session",
                        "grpc.reflection.v1.ServerReflection/ServerReflectionInfo",
                        "grpc.channelz.v1.Channelz/GetServers",
                        "davit.operator.v1.Hosts/Destroy",
                        "nothing/atall")) {
            assertThat(call(rig.serving().operatorsPort(), method))
                    .as(method)
                    .isEqualTo(Status.Code.UNIMPLEMENTED);
        }
        assertThat(call(rig.serving().operatorsPort(), "davit.operator.v1.Controller/Version"))
                .isEqualTo(Status.Code.OK);
        assertThat(call(rig.serving().agentsPort(), "davit.agent.v1.AgentGateway/FetchArtifact"))
                .as("an operator's certificate fails in TLS")
                .isEqualTo(Status.Code.UNAVAILABLE);
    }

    private static SSLSocket tls(int port, String... protocols) throws Exception {
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(null, new TrustManager[] {new TrustsAll()}, null);
        var socket = (SSLSocket) context.getSocketFactory().createSocket("127.0.0.1", port);
        socket.setSoTimeout(10_000);
        socket.setEnabledProtocols(protocols);
        var parameters = socket.getSSLParameters();
        parameters.setApplicationProtocols(new String[] {"h2"});
        socket.setSSLParameters(parameters);
        return socket;
    }

    private static final class TrustsAll extends javax.net.ssl.X509ExtendedTrustManager {
        @Override
        public void checkClientTrusted(X509Certificate[] c, String a) {}

        @Override
        public void checkServerTrusted(X509Certificate[] c, String a) {}

        @Override
        public void checkClientTrusted(X509Certificate[] c, String a, Socket s) {}

        @Override
        public void checkServerTrusted(X509Certificate[] c, String a, Socket s) {}

        @Override
        public void checkClientTrusted(X509Certificate[] c, String a, javax.net.ssl.SSLEngine e) {}

        @Override
        public void checkServerTrusted(X509Certificate[] c, String a, javax.net.ssl.SSLEngine e) {}

        @Override
        public X509Certificate[] getAcceptedIssuers() {
            return new X509Certificate[0];
        }
    }

    @Test
    void onlyTls13IsSpoken() throws Exception {
        for (int port :
                List.of(
                        rig.serving().agentsPort(),
                        rig.serving().enrolmentPort(),
                        rig.serving().operatorsPort())) {
            try (SSLSocket old = tls(port, "TLSv1.2")) {
                assertThatThrownBy(old::startHandshake).isInstanceOf(SSLHandshakeException.class);
            }
        }
        try (SSLSocket now = tls(rig.serving().enrolmentPort(), "TLSv1.3")) {
            now.startHandshake();
            assertThat(now.getSession().getProtocol()).isEqualTo("TLSv1.3");
        }
    }

    @Test
    void noSessionIsEverResumed() throws Exception {
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(null, new TrustManager[] {new TrustsAll()}, null);
        long first = sessionMadeAt(context);
        await().atMost(Duration.ofSeconds(5)).until(() -> System.currentTimeMillis() > first);
        assertThat(sessionMadeAt(context))
                .as("a resumed session has the age of the one it resumes")
                .isGreaterThan(first);
    }

    private long sessionMadeAt(SSLContext context) throws Exception {
        try (var socket =
                (SSLSocket)
                        context.getSocketFactory()
                                .createSocket("127.0.0.1", rig.serving().enrolmentPort())) {
            socket.setSoTimeout(10_000);
            var parameters = socket.getSSLParameters();
            parameters.setApplicationProtocols(new String[] {"h2"});
            socket.setSSLParameters(parameters);
            socket.startHandshake();
            // tickets come before the first bytes of HTTP/2
            assertThat(socket.getInputStream().read()).isNotNegative();
            return socket.getSession().getCreationTime();
        }
    }

    @Test
    void aPeerWithoutACertificateGetsNothingFromTheMutualPorts() throws Exception {
        for (int port : List.of(rig.serving().agentsPort(), rig.serving().operatorsPort())) {
            try (SSLSocket anonymous = tls(port, "TLSv1.3")) {
                assertThatThrownBy(
                                () -> {
                                    anonymous.startHandshake();
                                    // the refusal shows on the first read, not in the handshake
                                    InputStream in = anonymous.getInputStream();
                                    for (int i = 0; i < 1000 && in.read() >= 0; i++) {
                                        // settings of HTTP/2 may come before the alert
                                    }
                                    throw new IOException("closed by the server");
                                })
                        .isInstanceOf(IOException.class);
            }
        }
    }

    @Test
    void connectionsFromOneAddressAreBounded() throws Exception {
        var limits = ListenerLimits.enrolment(3);
        var admission = new AddressAdmission(limits, java.time.Clock.systemUTC());
        var offer = new GrpcListener.Offer(List.of(), List.of(), java.util.Optional.empty());
        var certificate =
                new io.davit.controller.pki.ControllerCertificate(
                        rig.foundation().pki(),
                        new io.davit.controller.pki.ControllerNames(List.of("127.0.0.1")),
                        java.time.Clock.systemUTC(),
                        new java.security.SecureRandom());
        try (GrpcListener listener =
                GrpcListener.onAddress(
                        new java.net.InetSocketAddress("127.0.0.1", 0),
                        Tls.serverOnly(certificate),
                        offer,
                        limits,
                        admission)) {
            var open = new ArrayList<SSLSocket>();
            for (int i = 0; i < 3; i++) {
                SSLSocket socket = tls(listener.port(), "TLSv1.3");
                socket.startHandshake();
                open.add(socket);
            }
            try (SSLSocket fourth = tls(listener.port(), "TLSv1.3")) {
                assertThatThrownBy(fourth::startHandshake).isInstanceOf(IOException.class);
            }
            open.getFirst().close();
            await().atMost(Duration.ofSeconds(10))
                    .until(() -> {
                        try (SSLSocket next = tls(listener.port(), "TLSv1.3")) {
                            next.startHandshake();
                            return true;
                        } catch (IOException e) {
                            return false;
                        }
                    });
            for (SSLSocket socket : open) {
                socket.close();
            }
        }
    }

    static boolean isRoot() throws IOException {
        return Integer.valueOf(0).equals(Files.getAttribute(Path.of("/proc/self"), "unix:uid"));
    }

    @Test
    void theSocketAndItsDirectoryAreTheirOwnersAlone() throws Exception {
        assertThat(permissions(rig.socket())).isEqualTo("rw-------");
        assertThat(permissions(rig.socketDirectory())).isEqualTo("rwx------");
        rig.close();
        Files.setPosixFilePermissions(
                rig.socketDirectory(), PosixFilePermissions.fromString("rwxr-xr-x"));
        assertThatThrownBy(rig::restart).hasMessageContaining("is open to others");
        Files.setPosixFilePermissions(
                rig.socketDirectory(), PosixFilePermissions.fromString("rwx------"));
        rig.restart();
    }

    private static String permissions(Path path) throws IOException {
        return PosixFilePermissions.toString(Files.getPosixFilePermissions(path));
    }

    @Test
    @EnabledIf("isRoot")
    void nobodyButRootIsServedOnTheSocketEvenWhereTheFileIsOpen() throws Exception {
        for (Path path : List.of(directory, rig.socketDirectory(), rig.socket())) {
            Files.setPosixFilePermissions(path, PosixFilePermissions.fromString("rwxrwxrwx"));
        }
        String ask =
                "import socket,sys\n"
                        + "s=socket.socket(socket.AF_UNIX)\n"
                        + "s.settimeout(10)\n"
                        + "s.connect(sys.argv[1])\n"
                        + "s.send(b'PRI *"
                        + " HTTP/2.0\\r\\n\\r\\nSM\\r\\n\\r\\n\\0\\0\\0\\4\\0\\0\\0\\0\\0')\n"
                        + "print('answered' if s.recv(9) else 'closed')\n";
        assertThat(run("/usr/bin/python3", "-c", ask, rig.socket().toString()))
                .isEqualTo("answered");
        assertThat(
                        run(
                                "setpriv",
                                "--reuid=65534",
                                "--clear-groups",
                                "/usr/bin/python3",
                                "-c",
                                ask,
                                rig.socket().toString()))
                .isIn("closed", "reset");
    }

    private static String run(String... command) throws Exception {
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor(20, TimeUnit.SECONDS)).isTrue();
        return out.contains("ConnectionResetError") || out.contains("BrokenPipeError")
                ? "reset"
                : out.strip();
    }
}
