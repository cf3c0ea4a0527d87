package io.davit.agent.link;

import io.grpc.Codec;
import io.grpc.DecompressorRegistry;
import io.grpc.ManagedChannel;
import io.grpc.netty.GrpcSslContexts;
import io.grpc.netty.NettyChannelBuilder;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslProvider;
import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLException;

/**
 * Makes channels to the controller: TLS 1.3 by BoringSSL, bounded messages, nothing compressed, one
 * I/O thread for all of them. Calls run on virtual threads.
 */
public final class ControllerChannels implements AutoCloseable {

    private static final int LARGEST_MESSAGE = 512 * 1024;
    private static final int LARGEST_METADATA = 8 * 1024;
    private static final Duration CONNECT_TIMEOUT = Duration.ofSeconds(10);
    private static final Duration KEEPALIVE_INTERVAL = Duration.ofSeconds(30);
    private static final Duration KEEPALIVE_TIMEOUT = Duration.ofSeconds(10);
    private static final Duration END_TIMEOUT = Duration.ofSeconds(5);

    private final EventLoopGroup io =
            new MultiThreadIoEventLoopGroup(
                    1,
                    Thread.ofPlatform().name("controller-io").daemon(true).factory(),
                    NioIoHandler.newFactory());
    private final Executor calls = call -> Thread.ofVirtual().name("call").start(call);

    /** A channel without an identity of ours, for enrolment. */
    public ManagedChannel anonymous(Address address, ControllerTrust trust) throws SSLException {
        return open(address, tls(trust));
    }

    /** A channel that shows this certificate. */
    public ManagedChannel identified(
            Address address, ControllerTrust trust, PrivateKey key, List<X509Certificate> chain)
            throws SSLException {
        return open(address, tls(trust).keyManager(key, chain));
    }

    private static SslContextBuilder tls(ControllerTrust trust) {
        return GrpcSslContexts.configure(SslContextBuilder.forClient(), SslProvider.OPENSSL)
                .protocols("TLSv1.3")
                .trustManager(trust);
    }

    private ManagedChannel open(Address address, SslContextBuilder tls) throws SSLException {
        return NettyChannelBuilder.forAddress(address.host(), address.port())
                .sslContext(tls.build())
                .eventLoopGroup(io)
                .channelType(NioSocketChannel.class)
                .executor(calls)
                .offloadExecutor(calls)
                .withOption(ChannelOption.CONNECT_TIMEOUT_MILLIS, (int) CONNECT_TIMEOUT.toMillis())
                .maxInboundMessageSize(LARGEST_MESSAGE)
                .maxInboundMetadataSize(LARGEST_METADATA)
                .keepAliveTime(KEEPALIVE_INTERVAL.toSeconds(), TimeUnit.SECONDS)
                .keepAliveTimeout(KEEPALIVE_TIMEOUT.toSeconds(), TimeUnit.SECONDS)
                .decompressorRegistry(
                        DecompressorRegistry.emptyInstance().with(Codec.Identity.NONE, false))
                .disableRetry()
                .disableServiceConfigLookUp()
                .build();
    }

    /** Ends the channel now, with whatever runs on it. */
    public static void end(ManagedChannel channel) throws InterruptedException {
        channel.shutdownNow().awaitTermination(END_TIMEOUT.toMillis(), TimeUnit.MILLISECONDS);
    }

    @Override
    public void close() {
        io.shutdownGracefully(0, END_TIMEOUT.toMillis(), TimeUnit.MILLISECONDS);
    }
}
