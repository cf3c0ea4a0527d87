package io.davit.controller.serve;

import io.davit.controller.metrics.MonitoringPages;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.SocketChannel;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.handler.codec.http.HttpDecoderConfig;
import io.netty.handler.codec.http.HttpObjectAggregator;
import io.netty.handler.codec.http.HttpServerCodec;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslHandler;
import io.netty.handler.timeout.WriteTimeoutHandler;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;

/**
 * HTTP/1.1 over TLS for Prometheus. A connection passes, in this order: the limits per address and
 * in all; TLS within 5 s; a request line of 2 KiB and headers of 8 KiB at most, whole within 10 s;
 * the bearer token; GET alone. One request at a time, and an answer that nobody reads within 10 s
 * ends the connection, as two minutes without a request do.
 */
final class MonitoringListener implements AutoCloseable {

    private static final int LONGEST_LINE = 2 << 10;
    private static final int LONGEST_HEADERS = 8 << 10;
    private static final int LONGEST_CHUNK = 1 << 10;
    private static final long GRACE_SECONDS = 3;

    private final EventLoopGroup acceptor;
    private final EventLoopGroup workers;
    private final ExecutorService answers = Executors.newVirtualThreadPerTaskExecutor();
    private final Channel channel;

    MonitoringListener(
            InetSocketAddress address,
            SslContext tls,
            MonitoringPages pages,
            MonitoringToken token,
            ListenerLimits limits,
            Admission admission)
            throws IOException {
        acceptor = new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());
        workers = new AdmittingEventLoops(1, NioIoHandler.newFactory(), admission);
        var calls = new MonitoringRequests(pages, token, answers, limits.callsAtOnce());
        var bound =
                new ServerBootstrap()
                        .group(acceptor, workers)
                        .channel(NioServerSocketChannel.class)
                        .childOption(ChannelOption.TCP_NODELAY, true)
                        .childHandler(
                                new ChannelInitializer<SocketChannel>() {
                                    @Override
                                    protected void initChannel(SocketChannel connection) {
                                        prepare(connection, tls, calls, limits);
                                    }
                                })
                        .bind(address)
                        .awaitUninterruptibly();
        channel = bound.channel();
        if (!bound.isSuccess()) {
            close();
            throw new IOException(
                    "cannot listen on %s: %s".formatted(address, bound.cause().getMessage()),
                    bound.cause());
        }
    }

    private static void prepare(
            SocketChannel connection,
            SslContext tls,
            MonitoringRequests calls,
            ListenerLimits limits) {
        SslHandler handshake = tls.newHandler(connection.alloc());
        handshake.setHandshakeTimeoutMillis(limits.handshake().toMillis());
        connection
                .pipeline()
                .addLast(handshake)
                .addLast(new WriteTimeoutHandler(limits.pingAnswer().toSeconds(), TimeUnit.SECONDS))
                .addLast(new RequestDeadline(limits.idle(), limits.pingAfter()))
                .addLast(
                        new HttpServerCodec(
                                new HttpDecoderConfig()
                                        .setMaxInitialLineLength(LONGEST_LINE)
                                        .setMaxHeaderSize(LONGEST_HEADERS)
                                        .setMaxChunkSize(LONGEST_CHUNK)))
                .addLast(new HttpObjectAggregator(0, true))
                .addLast(calls);
    }

    int port() {
        return ((InetSocketAddress) channel.localAddress()).getPort();
    }

    @Override
    public void close() {
        channel.close();
        acceptor.shutdownGracefully(0, GRACE_SECONDS, TimeUnit.SECONDS);
        workers.shutdownGracefully(0, GRACE_SECONDS, TimeUnit.SECONDS);
        answers.shutdownNow();
    }
}
