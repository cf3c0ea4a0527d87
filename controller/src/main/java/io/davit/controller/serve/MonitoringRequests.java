package io.davit.controller.serve;

import io.davit.controller.metrics.MonitoringPages;
import io.davit.controller.metrics.MonitoringPages.Page;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.FullHttpRequest;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.HttpVersion;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.Executor;
import java.util.concurrent.Semaphore;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Answers GETs that carry the token; pages are made outside the connections' threads. */
@ChannelHandler.Sharable
final class MonitoringRequests extends SimpleChannelInboundHandler<FullHttpRequest> {

    private static final Logger LOG = LoggerFactory.getLogger(MonitoringRequests.class);

    private final MonitoringPages pages;
    private final MonitoringToken token;
    private final Executor answers;
    private final Semaphore free;

    /**
     * @param atOnce pages that may be in the making
     */
    MonitoringRequests(MonitoringPages pages, MonitoringToken token, Executor answers, int atOnce) {
        this.pages = pages;
        this.token = token;
        this.answers = answers;
        this.free = new Semaphore(atOnce);
    }

    private record Question(String method, String path, String authority, String authorization) {}

    @Override
    protected void channelRead0(ChannelHandlerContext context, FullHttpRequest request) {
        // the next request is read when this one is answered
        context.channel().config().setAutoRead(false);
        boolean keepAlive = HttpUtil.isKeepAlive(request);
        if (request.decoderResult().isFailure()) {
            answer(context, Page.saying(400, "the request cannot be read"), false);
            return;
        }
        var question =
                new Question(
                        request.method().name(),
                        path(request.uri()),
                        header(request, HttpHeaderNames.HOST.toString()),
                        header(request, HttpHeaderNames.AUTHORIZATION.toString()));
        if (!free.tryAcquire()) {
            answer(context, Page.saying(503, "too many requests at once"), false);
            return;
        }
        answers.execute(() -> {
            Page page;
            try {
                page = page(question);
            } finally {
                free.release();
            }
            context.executor().execute(() -> answer(context, page, keepAlive));
        });
    }

    private static String header(FullHttpRequest request, String name) {
        String value = request.headers().get(name);
        return value == null ? "" : value;
    }

    private static String path(String uri) {
        int query = uri.indexOf('?');
        return query < 0 ? uri : uri.substring(0, query);
    }

    /** The token first: who has none learns nothing, not even which pages there are. */
    private Page page(Question question) {
        try {
            if (!token.accepts(question.authorization())) {
                return Page.saying(401, "a bearer token is needed");
            }
            return question.method().equals(HttpMethod.GET.name())
                    ? pages.get(question.path(), question.authority())
                    : Page.saying(405, "only GET is answered");
        } catch (IOException e) {
            LOG.error("{}", e.getMessage());
            return Page.saying(401, "a bearer token is needed");
        } catch (RuntimeException e) {
            LOG.error("cannot make {}", question.path(), e);
            return Page.saying(500, "the controller failed; its log says why");
        }
    }

    private static void answer(ChannelHandlerContext context, Page page, boolean keepAlive) {
        byte[] body = page.body().getBytes(StandardCharsets.UTF_8);
        var response =
                new DefaultFullHttpResponse(
                        HttpVersion.HTTP_1_1,
                        HttpResponseStatus.valueOf(page.status()),
                        Unpooled.wrappedBuffer(body));
        var headers = response.headers();
        headers.set(HttpHeaderNames.CONTENT_TYPE, page.contentType());
        headers.set(HttpHeaderNames.CONTENT_LENGTH, body.length);
        headers.set(HttpHeaderNames.CACHE_CONTROL, "no-store");
        headers.set("X-Content-Type-Options", "nosniff");
        if (page.status() == 401) {
            headers.set(HttpHeaderNames.WWW_AUTHENTICATE, "Bearer");
        }
        if (page.status() == 405) {
            headers.set(HttpHeaderNames.ALLOW, HttpMethod.GET.name());
        }
        HttpUtil.setKeepAlive(response, keepAlive);
        var written = context.writeAndFlush(response);
        if (!keepAlive) {
            written.addListener(ChannelFutureListener.CLOSE);
            return;
        }
        written.addListener(sent -> {
            if (sent.isSuccess()) {
                var deadline = context.pipeline().context(RequestDeadline.class);
                if (deadline != null) {
                    ((RequestDeadline) deadline.handler()).answered(deadline);
                }
                context.channel().config().setAutoRead(true);
            }
        });
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
        LOG.debug("a monitoring connection ended: {}", cause.toString());
        context.close();
    }
}
