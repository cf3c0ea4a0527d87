package io.davit.controller.access;

import io.davit.controller.access.Standings.AcceptedHost;
import io.davit.controller.access.Standings.AcceptedOperator;
import io.davit.controller.access.Standings.Refused;
import io.davit.controller.audit.Change;
import io.davit.controller.audit.Changes;
import io.grpc.Context;
import io.grpc.Contexts;
import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import io.grpc.Status;
import java.util.Optional;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The gate of one listener. Each call passes, in this order:
 *
 * <ol>
 *   <li>identity: the certificate names exactly one peer of this listener's class;
 *   <li>standing: its serial number is active or pending, asked of the state now;
 *   <li>table: the method's row is for this class and this access level;
 *   <li>mode: a controller in adopt mode answers only what the table marks for it;
 *   <li>deadline: a call that brings none is given its row's;
 *   <li>the handler.
 * </ol>
 *
 * What is refused is recorded, at a bounded rate.
 */
public final class Gate implements ServerInterceptor {

    private static final Logger LOG = LoggerFactory.getLogger(Gate.class);

    private final PeerClass listener;
    private final AccessTable table;
    private final Standings standings;
    private final Changes changes;
    private final ScheduledExecutorService timer;
    private final Optional<String> adopting;

    /**
     * The gate of the listener for this class of peers.
     *
     * @param adopting since when and why this controller is in adopt mode, for who is refused;
     *     empty if it is not
     */
    public Gate(
            PeerClass listener,
            AccessTable table,
            Standings standings,
            Changes changes,
            ScheduledExecutorService timer,
            Optional<String> adopting) {
        this.listener = listener;
        this.table = table;
        this.standings = standings;
        this.changes = changes;
        this.timer = timer;
        this.adopting = adopting;
    }

    @Override
    public <Q, A> ServerCall.Listener<Q> interceptCall(
            ServerCall<Q, A> call, Metadata headers, ServerCallHandler<Q, A> handler) {
        String method = call.getMethodDescriptor().getFullMethodName();
        Optional<Peer> identified = PeerIdentity.of(listener, call.getAttributes());
        if (identified.isEmpty()) {
            return refuse(call, Optional.empty(), Status.UNAUTHENTICATED, "no usable identity");
        }
        Peer peer;
        switch (standing(identified.get())) {
            case AcceptedHost _ -> peer = identified.get();
            case AcceptedOperator operator -> peer = identified.get().withAccess(operator.access());
            case Refused refused -> {
                return refuse(call, identified, Status.PERMISSION_DENIED, refused.why());
            }
        }
        Optional<Rule> rule = table.find(method).filter(row -> row.peers() == listener);
        if (rule.isEmpty()) {
            return refuse(call, identified, Status.PERMISSION_DENIED, "no such method here");
        }
        Optional<AccessLevel> needed = rule.get().needed();
        if (needed.isPresent()
                && !peer.access().map(level -> level.includes(needed.get())).orElse(false)) {
            return refuse(
                    call,
                    Optional.of(peer),
                    Status.PERMISSION_DENIED,
                    "access level %s is needed, %s has %s"
                            .formatted(
                                    needed.get().text(),
                                    peer.name(),
                                    peer.access().map(AccessLevel::text).orElse("none")));
        }
        if (adopting.isPresent() && !rule.get().whileAdopting()) {
            return refuse(call, Optional.of(peer), notWhileAdopting(), adopting.get());
        }
        return serve(call, headers, handler, peer, rule.get());
    }

    /** A newcomer may come again later by itself; a person is to decide first. */
    private Status notWhileAdopting() {
        return listener == PeerClass.ENROLLING ? Status.UNAVAILABLE : Status.FAILED_PRECONDITION;
    }

    private Standings.Standing standing(Peer peer) {
        return switch (listener) {
            case AGENT -> standings.ofHost(peer.requireHost(), peer.serial());
            case OPERATOR -> standings.ofOperator(peer.operator().orElse(""), peer.serial());
            // their right is the connection itself: uid 0, or the token inside the message
            case ENROLLING, LOCAL -> new AcceptedHost();
        };
    }

    private <Q, A> ServerCall.Listener<Q> serve(
            ServerCall<Q, A> call,
            Metadata headers,
            ServerCallHandler<Q, A> handler,
            Peer peer,
            Rule rule) {
        Context context = Context.current().withValue(Peer.KEY, peer);
        if (rule.deadline().isEmpty() || context.getDeadline() != null) {
            return Contexts.interceptCall(context, call, headers, handler);
        }
        Context.CancellableContext bounded =
                context.withDeadlineAfter(
                        rule.deadline().get().toMillis(), TimeUnit.MILLISECONDS, timer);
        var guarded = new ClosingOnce<>(call);
        bounded.addListener(
                ended -> {
                    if (ended.cancellationCause() != null) {
                        guarded.close(
                                Status.DEADLINE_EXCEEDED.withDescription(
                                        "the call took longer than " + rule.deadline().get()),
                                new Metadata());
                    }
                },
                Runnable::run);
        guarded.whenClosed(() -> bounded.cancel(null));
        return Contexts.interceptCall(bounded, guarded, headers, handler);
    }

    private <Q, A> ServerCall.Listener<Q> refuse(
            ServerCall<Q, A> call, Optional<Peer> peer, Status status, String why) {
        String method = call.getMethodDescriptor().getFullMethodName();
        call.close(status.withDescription("cannot call " + method + ": " + why), new Metadata());
        Peer known =
                peer.orElseGet(() ->
                        new Peer(
                                listener,
                                Optional.empty(),
                                Optional.empty(),
                                Optional.empty(),
                                "",
                                ""));
        LOG.warn("denied {} to {} ({}): {}", method, known.name(), known.ip(), why);
        try {
            changes.denied(
                    listener.name(), new Change(known.actor(), method, known.name(), ""), why);
        } catch (RuntimeException e) {
            LOG.error("cannot record a denied call", e);
        }
        return new ServerCall.Listener<>() {};
    }
}
