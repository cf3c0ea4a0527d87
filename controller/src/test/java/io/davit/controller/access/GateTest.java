package io.davit.controller.access;

import static org.assertj.core.api.Assertions.assertThat;

import io.davit.common.HostId;
import io.davit.common.Secret;
import io.davit.controller.access.Standings.AcceptedHost;
import io.davit.controller.audit.Changes;
import io.davit.controller.store.InMemoryStore;
import io.davit.proto.operator.v1.LocalGrpc;
import io.grpc.Context;
import io.grpc.Deadline;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.ServerCall;
import io.grpc.Status;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class GateTest {

    private static final MethodDescriptor<?, ?> METHOD = LocalGrpc.getStatusMethod();

    private final ScheduledExecutorService timer = Executors.newSingleThreadScheduledExecutor();
    private final AccessTable table = new AccessTable();
    private final List<Optional<Deadline>> seen = new ArrayList<>();
    private final List<Status> closed = new ArrayList<>();
    private Optional<String> adopting = Optional.empty();

    @AfterEach
    void stop() {
        timer.shutdownNow();
    }

    @Test
    void aCallWithoutADeadlineIsGivenItsRows() {
        var row = table.find(METHOD.getFullMethodName()).orElseThrow().deadline().orElseThrow();

        call(LocalGrpc.getStatusMethod());

        assertThat(seen).hasSize(1);
        assertThat(seen.getFirst())
                .hasValueSatisfying(deadline ->
                        assertThat(deadline.timeRemaining(TimeUnit.MILLISECONDS))
                                .isBetween(1L, row.toMillis()));
    }

    @Test
    void aCallThatBringsADeadlineKeepsIt() {
        var own = Deadline.after(1, TimeUnit.DAYS);

        Context.current().withDeadline(own, timer).run(() -> call(LocalGrpc.getStatusMethod()));

        assertThat(seen).containsExactly(Optional.of(own));
    }

    @Test
    void inAdoptModeOnlyMarkedCallsReachTheirHandler() {
        adopting = Optional.of("restored from a backup");

        call(LocalGrpc.getStatusMethod());
        assertThat(seen).hasSize(1);

        call(PeerClass.ENROLLING, io.davit.proto.agent.v1.EnrollmentGrpc.getBeginMethod());
        assertThat(seen).hasSize(1);
        assertThat(closed)
                .extracting(Status::getCode, Status::getDescription)
                .containsExactly(
                        org.assertj.core.groups.Tuple.tuple(
                                Status.Code.UNAVAILABLE,
                                "cannot call davit.agent.v1.Enrollment/Begin: restored from a"
                                        + " backup"));
    }

    private <Q, A> void call(MethodDescriptor<Q, A> method) {
        call(PeerClass.LOCAL, method);
    }

    private <Q, A> void call(PeerClass listener, MethodDescriptor<Q, A> method) {
        var gate =
                new Gate(
                        listener,
                        table,
                        new Everybody(),
                        new Changes(new InMemoryStore(), Secret.ofText("key"), Clock.systemUTC()),
                        timer,
                        adopting);
        gate.interceptCall(
                new Call<>(method),
                new Metadata(),
                (_, _) -> {
                    seen.add(Optional.ofNullable(Context.current().getDeadline()));
                    return new ServerCall.Listener<>() {};
                });
    }

    private static final class Everybody implements Standings {

        @Override
        public Standing ofHost(HostId host, String serial) {
            return new AcceptedHost();
        }

        @Override
        public Standing ofOperator(String name, String serial) {
            return new AcceptedHost();
        }
    }

    /** A call on which nothing is sent. */
    private final class Call<Q, A> extends ServerCall<Q, A> {

        private final MethodDescriptor<Q, A> method;

        Call(MethodDescriptor<Q, A> method) {
            this.method = method;
        }

        @Override
        public MethodDescriptor<Q, A> getMethodDescriptor() {
            return method;
        }

        @Override
        public void request(int messages) {}

        @Override
        public void sendHeaders(Metadata headers) {}

        @Override
        public void sendMessage(A message) {}

        @Override
        public void close(Status status, Metadata trailers) {
            closed.add(status);
        }

        @Override
        public boolean isCancelled() {
            return false;
        }
    }
}
