package io.davit.controller.serve;

import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.util.concurrent.Future;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Ends a connection whose request does not come to its end in time, however steadily it trickles,
 * and one that asks nothing for long.
 *
 * <pre>
 *   IDLE ──first byte──▶ REQUEST ──answer written──▶ IDLE
 *     └── idle time ──▶ closed ◀── request time ──┘
 * </pre>
 */
final class RequestDeadline extends ChannelInboundHandlerAdapter {

    private final Duration idle;
    private final Duration request;
    private @Nullable Future<?> timer;
    private boolean inRequest;

    RequestDeadline(Duration idle, Duration request) {
        this.idle = idle;
        this.request = request;
    }

    @Override
    public void handlerAdded(ChannelHandlerContext context) {
        arm(context, request); // TLS and the first request
    }

    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
        if (!inRequest) {
            inRequest = true;
            arm(context, request);
        }
        context.fireChannelRead(message);
    }

    /** The answer is out; to be called in the connection's thread. */
    void answered(ChannelHandlerContext context) {
        inRequest = false;
        arm(context, idle);
    }

    @Override
    public void channelInactive(ChannelHandlerContext context) {
        if (timer != null) {
            timer.cancel(false);
        }
        context.fireChannelInactive();
    }

    private void arm(ChannelHandlerContext context, Duration limit) {
        if (timer != null) {
            timer.cancel(false);
        }
        timer =
                context.executor()
                        .schedule(
                                () -> {
                                    context.close();
                                },
                                limit.toMillis(),
                                TimeUnit.MILLISECONDS);
    }
}
