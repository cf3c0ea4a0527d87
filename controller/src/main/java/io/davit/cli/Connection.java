package io.davit.cli;

import io.davit.common.Pem;
import io.davit.proto.operator.v1.AdoptionGrpc;
import io.davit.proto.operator.v1.AgentsGrpc;
import io.davit.proto.operator.v1.ArtifactsGrpc;
import io.davit.proto.operator.v1.ClustersGrpc;
import io.davit.proto.operator.v1.ControllerGrpc;
import io.davit.proto.operator.v1.EtcdSnapshotsGrpc;
import io.davit.proto.operator.v1.HealthGrpc;
import io.davit.proto.operator.v1.HostsGrpc;
import io.davit.proto.operator.v1.LocalGrpc;
import io.davit.proto.operator.v1.OperationsGrpc;
import io.davit.proto.operator.v1.ReleasesGrpc;
import io.davit.proto.operator.v1.TokensGrpc;
import io.grpc.ManagedChannel;
import io.grpc.StatusRuntimeException;
import io.grpc.netty.GrpcSslContexts;
import io.grpc.netty.NettyChannelBuilder;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.EpollDomainSocketChannel;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.netty.channel.unix.DomainSocketAddress;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslProvider;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import javax.net.ssl.SSLException;

/**
 * A connection to the controller: mutual TLS with the credential's key, trusting the credential's
 * CA only; or the unix socket of the controller's host. Every unary call has a deadline.
 */
public final class Connection implements AutoCloseable {

    private static final Duration UNARY = Duration.ofSeconds(30);
    private static final int LONGEST_ANSWER = 32 << 20;

    private final ManagedChannel channel;
    private final EventLoopGroup threads;
    private final String address;

    private Connection(ManagedChannel channel, EventLoopGroup threads, String address) {
        this.channel = channel;
        this.threads = threads;
        this.address = address;
    }

    /** Connects with the credential in the usual folder. */
    public static Connection usual() {
        return open(Credential.read(Credential.usualFolder()));
    }

    /** Connects with a credential. */
    public static Connection open(Credential credential) {
        int colon = credential.address().lastIndexOf(':');
        if (colon < 1 || !credential.address().substring(colon + 1).matches("\\d{1,5}")) {
            throw new CliException(
                    ExitCode.USAGE,
                    "cannot connect to \"" + credential.address() + "\": it is not host:port",
                    "mend the file address in the credential's folder");
        }
        String host = credential.address().substring(0, colon);
        int port = Integer.parseInt(credential.address().substring(colon + 1));
        var threads = new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());
        try {
            List<X509Certificate> chain = Pem.certificates(credential.certificateChainPem());
            var tls =
                    GrpcSslContexts.configure(SslContextBuilder.forClient(), SslProvider.OPENSSL)
                            .protocols("TLSv1.3")
                            .trustManager(
                                    Pem.certificates(credential.caBundlePem())
                                            .toArray(X509Certificate[]::new))
                            .keyManager(
                                    Pem.ecPrivateKey(credential.privateKeyPem()),
                                    chain.toArray(X509Certificate[]::new))
                            .build();
            ManagedChannel channel =
                    NettyChannelBuilder.forAddress(host, port)
                            .eventLoopGroup(threads)
                            .channelType(NioSocketChannel.class, InetSocketAddress.class)
                            .sslContext(tls)
                            .maxInboundMessageSize(LONGEST_ANSWER)
                            .keepAliveTime(2, TimeUnit.MINUTES)
                            .build();
            return new Connection(channel, threads, credential.address());
        } catch (SSLException | IllegalArgumentException e) {
            threads.shutdownGracefully();
            throw new CliException(
                    ExitCode.USAGE,
                    "cannot use the credential: " + e.getMessage(),
                    "davit doctor looks at it; a new one, on the controller's host: davit admin new"
                            + " NAME");
        }
    }

    /** Connects to the unix socket of a controller on this host. */
    public static Connection local(Path socket) {
        if (!Files.exists(socket)) {
            throw new CliException(
                    ExitCode.UNREACHABLE,
                    "cannot reach the controller at " + socket + ": there is no such socket",
                    "run this as root on the controller's host, while davit serve runs there");
        }
        var threads = new MultiThreadIoEventLoopGroup(1, EpollIoHandler.newFactory());
        ManagedChannel channel =
                NettyChannelBuilder.forAddress(new DomainSocketAddress(socket.toFile()))
                        .eventLoopGroup(threads)
                        .channelType(EpollDomainSocketChannel.class, DomainSocketAddress.class)
                        .usePlaintext()
                        .build();
        return new Connection(channel, threads, socket.toString());
    }

    /** Where it leads, for messages. */
    public String address() {
        return address;
    }

    /** Plans, applies, shows clusters. No deadline is set: planning may take minutes. */
    public ClustersGrpc.ClustersBlockingStub clusters() {
        return ClustersGrpc.newBlockingStub(channel);
    }

    /** Snapshots of etcd. No deadline is set: every member is asked first. */
    public EtcdSnapshotsGrpc.EtcdSnapshotsBlockingStub snapshots() {
        return EtcdSnapshotsGrpc.newBlockingStub(channel);
    }

    /** Operations; a watch lasts as long as its operation. */
    public OperationsGrpc.OperationsBlockingStub operations() {
        return OperationsGrpc.newBlockingStub(channel);
    }

    /** Hosts. */
    public HostsGrpc.HostsBlockingStub hosts() {
        return HostsGrpc.newBlockingStub(channel)
                .withDeadlineAfter(UNARY.toMillis(), TimeUnit.MILLISECONDS);
    }

    /** Builds of agents. No deadline is set: clusters are asked how they do. */
    public AgentsGrpc.AgentsBlockingStub agents() {
        return AgentsGrpc.newBlockingStub(channel);
    }

    /** Why something is as it is, and what happened. */
    public HealthGrpc.HealthBlockingStub health() {
        return HealthGrpc.newBlockingStub(channel);
    }

    /** Tokens. */
    public TokensGrpc.TokensBlockingStub tokens() {
        return TokensGrpc.newBlockingStub(channel)
                .withDeadlineAfter(UNARY.toMillis(), TimeUnit.MILLISECONDS);
    }

    /** Versions. No deadline is set: the controller may have to ask far away. */
    public ReleasesGrpc.ReleasesBlockingStub releases() {
        return ReleasesGrpc.newBlockingStub(channel);
    }

    /** Held files. No deadline is set: fetching may take long. */
    public ArtifactsGrpc.ArtifactsBlockingStub artifacts() {
        return ArtifactsGrpc.newBlockingStub(channel);
    }

    /** For bundles, which are sent. No deadline is set. */
    public ArtifactsGrpc.ArtifactsBlockingV2Stub uploads() {
        return ArtifactsGrpc.newBlockingV2Stub(channel);
    }

    /** The way out of adopt mode. No deadline is set: every cluster is planned. */
    public AdoptionGrpc.AdoptionBlockingStub adoption() {
        return AdoptionGrpc.newBlockingStub(channel);
    }

    /** The controller itself. */
    public ControllerGrpc.ControllerBlockingStub controller() {
        return ControllerGrpc.newBlockingStub(channel)
                .withDeadlineAfter(UNARY.toMillis(), TimeUnit.MILLISECONDS);
    }

    /** What only root on the controller's host may ask. */
    public LocalGrpc.LocalBlockingStub onThisHost() {
        return LocalGrpc.newBlockingStub(channel)
                .withDeadlineAfter(UNARY.toMillis(), TimeUnit.MILLISECONDS);
    }

    /**
     * Asks, and turns a refusal into what a person can read.
     *
     * @throws CliException with the right exit code
     */
    public <A> A ask(Function<Connection, A> question) {
        try {
            return question.apply(this);
        } catch (StatusRuntimeException e) {
            throw Refusals.explain(e, address);
        }
    }

    /** After an outage: the next question connects at once, however long the outage was. */
    void again() {
        channel.resetConnectBackoff();
    }

    @Override
    public void close() {
        channel.shutdownNow();
        threads.shutdownGracefully(0, 100, TimeUnit.MILLISECONDS);
    }
}
