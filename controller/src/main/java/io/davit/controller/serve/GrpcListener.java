package io.davit.controller.serve;

import io.grpc.BindableService;
import io.grpc.DecompressorRegistry;
import io.grpc.Server;
import io.grpc.ServerInterceptor;
import io.grpc.ServerInterceptors;
import io.grpc.ServerServiceDefinition;
import io.grpc.ServerTransportFilter;
import io.grpc.netty.NettyServerBuilder;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.IoHandlerFactory;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.ServerChannel;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollServerDomainSocketChannel;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.channel.unix.DomainSocketAddress;
import io.netty.handler.ssl.SslContext;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;

/** One listening socket with its services, threads and limits. */
final class GrpcListener implements AutoCloseable {

    private static final Duration GRACE = Duration.ofSeconds(3);

    private final Server server;
    private final EventLoopGroup acceptor;
    private final EventLoopGroup workers;
    private final ExecutorService calls;

    private GrpcListener(
            Server server, EventLoopGroup acceptor, EventLoopGroup workers, ExecutorService calls) {
        this.server = server;
        this.acceptor = acceptor;
        this.workers = workers;
        this.calls = calls;
    }

    /**
     * What a listener offers.
     *
     * @param interceptors in the order in which a call passes them
     */
    record Offer(
            List<ServerServiceDefinition> services,
            List<ServerInterceptor> interceptors,
            Optional<ServerTransportFilter> connectionFilter) {

        Offer {
            services = List.copyOf(services);
            interceptors = List.copyOf(interceptors);
        }

        static List<ServerServiceDefinition> definitions(List<? extends BindableService> services) {
            return services.stream().map(BindableService::bindService).toList();
        }
    }

    static GrpcListener onAddress(
            InetSocketAddress address,
            SslContext tls,
            Offer offer,
            ListenerLimits limits,
            Admission admission)
            throws IOException {
        return start(
                NettyServerBuilder.forAddress(address).sslContext(tls),
                NioIoHandler.newFactory(),
                NioServerSocketChannel.class,
                offer,
                limits,
                admission,
                address);
    }

    static GrpcListener onSocket(Path socket, Offer offer, ListenerLimits limits)
            throws IOException {
        var address = new DomainSocketAddress(socket.toFile());
        return start(
                NettyServerBuilder.forAddress(address),
                EpollIoHandler.newFactory(),
                EpollServerDomainSocketChannel.class,
                offer,
                limits,
                new RootOnly(),
                address);
    }

    private static GrpcListener start(
            NettyServerBuilder builder,
            IoHandlerFactory io,
            Class<? extends ServerChannel> channel,
            Offer offer,
            ListenerLimits limits,
            Admission admission,
            SocketAddress address)
            throws IOException {
        var acceptor = new MultiThreadIoEventLoopGroup(1, io);
        var workers = new AdmittingEventLoops(2, io, admission);
        // virtual threads, bounded by the limit on calls and by connections times calls on each
        ExecutorService calls = Executors.newVirtualThreadPerTaskExecutor();
        apply(limits, builder)
                .channelType(channel)
                .bossEventLoopGroup(acceptor)
                .workerEventLoopGroup(workers)
                .executor(calls)
                .decompressorRegistry(DecompressorRegistry.emptyInstance());
        offer.connectionFilter().ifPresent(builder::addTransportFilter);
        var interceptors = new ArrayList<ServerInterceptor>();
        interceptors.add(new CallLimit(limits.callsAtOnce()));
        interceptors.addAll(offer.interceptors());
        for (ServerServiceDefinition service : offer.services()) {
            builder.addService(ServerInterceptors.interceptForward(service, interceptors));
        }
        try {
            return new GrpcListener(builder.build().start(), acceptor, workers, calls);
        } catch (IOException e) {
            shutDown(acceptor);
            shutDown(workers);
            calls.shutdownNow();
            throw new IOException("cannot listen on " + address + ": " + cause(e), e);
        }
    }

    private static String cause(IOException e) {
        Throwable deepest = e;
        while (deepest.getCause() != null) {
            deepest = deepest.getCause();
        }
        return String.valueOf(deepest.getMessage());
    }

    private static NettyServerBuilder apply(ListenerLimits limits, NettyServerBuilder builder) {
        if (limits.idle().isPositive()) {
            builder.maxConnectionIdle(limits.idle().toMillis(), TimeUnit.MILLISECONDS);
        }
        return builder.maxInboundMessageSize(limits.messageBytes())
                .maxInboundMetadataSize(limits.metadataBytes())
                .maxConcurrentCallsPerConnection(limits.callsPerConnection())
                .handshakeTimeout(limits.handshake().toMillis(), TimeUnit.MILLISECONDS)
                .maxConnectionAge(limits.age().toMillis(), TimeUnit.MILLISECONDS)
                .maxConnectionAgeGrace(limits.ageGrace().toMillis(), TimeUnit.MILLISECONDS)
                .permitKeepAliveTime(limits.pingNoFasterThan().toMillis(), TimeUnit.MILLISECONDS)
                .permitKeepAliveWithoutCalls(limits.pingsWithoutCalls())
                .keepAliveTime(limits.pingAfter().toMillis(), TimeUnit.MILLISECONDS)
                .keepAliveTimeout(limits.pingAnswer().toMillis(), TimeUnit.MILLISECONDS)
                .maxRstFramesPerWindow(limits.resets(), (int) limits.resetWindow().toSeconds());
    }

    /** The port, for a listener on an address. */
    int port() {
        return server.getPort();
    }

    @Override
    public void close() {
        server.shutdownNow();
        try {
            server.awaitTermination(GRACE.toMillis(), TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        shutDown(acceptor);
        shutDown(workers);
        calls.shutdownNow();
    }

    private static void shutDown(EventLoopGroup group) {
        group.shutdownGracefully(0, GRACE.toMillis(), TimeUnit.MILLISECONDS);
    }
}
