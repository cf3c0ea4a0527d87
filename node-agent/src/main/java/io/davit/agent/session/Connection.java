package io.davit.agent.session;

import io.davit.agent.link.Waits;
import io.davit.agent.step.Engine;
import io.davit.common.Names;
import io.davit.proto.agent.v1.AgentMessage;
import io.davit.proto.agent.v1.ControllerMessage;
import io.davit.proto.agent.v1.HealthReport;
import io.davit.proto.agent.v1.Heartbeat;
import io.davit.proto.agent.v1.HeartbeatAck;
import io.davit.proto.agent.v1.Hello;
import io.davit.proto.agent.v1.StepProgress;
import io.davit.proto.agent.v1.StepResult;
import io.davit.proto.agent.v1.Welcome;
import io.grpc.Status;
import io.grpc.stub.ClientCallStreamObserver;
import io.grpc.stub.ClientResponseObserver;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * One stream from Hello to its end.
 *
 * <pre>
 *   dialling ──Hello──▶ greeted ──Welcome──▶ held ──▶ ended
 *       └──────────────────┴─── error, silence, close ──▶ ended
 * </pre>
 *
 * Messages go out only while the stream takes them; the next one is asked for when the last was
 * handed on. Heartbeats have a thread of their own.
 */
final class Connection implements ClientResponseObserver<AgentMessage, ControllerMessage> {

    private static final Duration SHORTEST_INTERVAL = Duration.ofMillis(500);
    private static final Duration LONGEST_INTERVAL = Duration.ofSeconds(60);

    /** The controller answers each heartbeat; so many intervals without a word, and it is gone. */
    private static final double SILENT_INTERVALS = 3.5;

    /** What the stream tells its owner, in the stream's thread. */
    interface Events {
        /** The first message. Throws IllegalArgumentException if it is not for this host. */
        void welcomed(Connection connection, Welcome welcome);

        /** Any later message but heartbeats' answers; returns soon. */
        void received(Connection connection, ControllerMessage message);
    }

    private final Hello hello;
    private final Engine engine;
    private final Events events;
    private final Waits waits;
    private final InstantSource clock;
    private final RandomGenerator random;
    private final Outbox outbox;
    private final Object sending = new Object();
    private final CompletableFuture<Throwable> ended = new CompletableFuture<>();
    private final CompletableFuture<Boolean> welcome = new CompletableFuture<>();
    private volatile @Nullable ClientCallStreamObserver<AgentMessage> out;
    private volatile long heardAt;
    private volatile long beatSequence;
    private volatile long beatAt;
    private volatile long roundTripMicros;
    private boolean helloSent;

    Connection(
            Hello hello,
            Engine engine,
            Events events,
            Waits waits,
            InstantSource clock,
            RandomGenerator random) {
        this.hello = hello;
        this.engine = engine;
        this.events = events;
        this.waits = waits;
        this.clock = clock;
        this.random = random;
        this.outbox = new Outbox(engine::unacknowledged);
    }

    @Override
    public void beforeStart(ClientCallStreamObserver<AgentMessage> stream) {
        stream.disableAutoRequestWithInitial(1);
        stream.setOnReadyHandler(this::send);
        out = stream;
    }

    @Override
    public void onNext(ControllerMessage message) {
        heardAt = waits.nanoTime();
        try {
            if (!welcome.isDone()) {
                greet(message);
            } else if (message.hasHeartbeatAck()) {
                answered(message.getHeartbeatAck());
            } else {
                events.received(this, message);
            }
        } catch (RuntimeException e) {
            end("cannot go on after a message of the controller: " + e.getMessage());
            return;
        }
        var stream = out;
        if (stream != null) {
            stream.request(1);
        }
    }

    private void greet(ControllerMessage message) {
        if (!message.hasWelcome()) {
            throw new IllegalArgumentException(
                    "its first message is " + message.getKindCase() + " and not a Welcome");
        }
        events.welcomed(this, message.getWelcome());
        welcome.complete(true);
        outbox.resendResults();
        var asked = message.getWelcome().getHeartbeatInterval();
        var interval = bounded(Duration.ofSeconds(asked.getSeconds(), asked.getNanos()));
        Thread.ofVirtual().name("heartbeat").start(() -> beat(interval));
        send();
    }

    private static Duration bounded(Duration interval) {
        if (interval.isZero() || interval.compareTo(LONGEST_INTERVAL) > 0) {
            return Duration.ofSeconds(10);
        }
        return interval.compareTo(SHORTEST_INTERVAL) < 0 ? SHORTEST_INTERVAL : interval;
    }

    private void beat(Duration interval) {
        long silence = (long) (interval.toNanos() * SILENT_INTERVALS);
        try {
            while (!ended.isDone()) {
                if (waits.nanoTime() - heardAt > silence) {
                    end("nothing was heard of it for " + silence / 1_000_000_000 + " s");
                    return;
                }
                beatOnce();
                waits.sleep(interval.multipliedBy(random.nextLong(900, 1101)).dividedBy(1000));
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (RuntimeException e) {
            end("cannot send heartbeats: " + e);
        }
    }

    private void beatOnce() {
        var heartbeat =
                Heartbeat.newBuilder()
                        .setSequence(beatSequence + 1)
                        .setClockMs(clock.millis())
                        .setLastRoundTripUs(roundTripMicros);
        engine.inHand()
                .ifPresent(step ->
                        heartbeat.setOperationId(step.operationId()).setStepId(step.stepId()));
        beatAt = waits.nanoTime();
        beatSequence = heartbeat.getSequence();
        outbox.heartbeat(heartbeat.build());
        send();
    }

    private void answered(HeartbeatAck ack) {
        if (ack.getSequence() == beatSequence) {
            roundTripMicros = (waits.nanoTime() - beatAt) / 1000;
        }
    }

    /** Sends what waits, as far as the stream takes it. */
    private void send() {
        var stream = out;
        if (stream == null) {
            return;
        }
        try {
            synchronized (sending) {
                while (!ended.isDone() && stream.isReady()) {
                    if (!helloSent) {
                        stream.onNext(AgentMessage.newBuilder().setHello(hello).build());
                        helloSent = true;
                        continue;
                    }
                    var next = welcome.isDone() ? outbox.next() : Optional.<AgentMessage>empty();
                    if (next.isEmpty()) {
                        return;
                    }
                    stream.onNext(next.get());
                }
            }
        } catch (IllegalStateException e) {
            end("the stream is closed: " + e.getMessage());
        }
    }

    /** Queues an answer; a controller that asks faster than it reads loses its session. */
    void answer(AgentMessage message) {
        if (!outbox.answer(message)) {
            end("it asks for more than it takes");
            return;
        }
        send();
    }

    void health(HealthReport report) {
        outbox.health(report);
        send();
    }

    void result(StepResult result) {
        outbox.result(result);
        send();
    }

    void progress(StepProgress progress) {
        outbox.progress(progress);
        send();
    }

    void acknowledged(Outbox.Attempt attempt) {
        outbox.acknowledged(attempt);
    }

    boolean isOpen() {
        return !ended.isDone();
    }

    @Override
    public void onError(Throwable failure) {
        ended.complete(failure);
    }

    @Override
    public void onCompleted() {
        ended.complete(
                Status.UNAVAILABLE.withDescription("it ended the session").asRuntimeException());
    }

    /** Ends the stream from this side. */
    void end(String why) {
        var failure = Status.CANCELLED.withDescription(Names.printable(why)).asRuntimeException();
        if (ended.complete(failure)) {
            var stream = out;
            if (stream != null) {
                stream.cancel(why, null);
            }
        }
    }

    /** Waits for the end and tells its cause; without a Welcome in time it makes the end. */
    Throwable awaitEnd(Duration untilWelcome) throws InterruptedException {
        try {
            CompletableFuture.anyOf(welcome, ended)
                    .get(untilWelcome.toMillis(), TimeUnit.MILLISECONDS);
        } catch (TimeoutException _) {
            end("no Welcome came within " + untilWelcome.toSeconds() + " s");
        } catch (ExecutionException e) {
            return e.getCause() == null ? e : e.getCause();
        }
        try {
            return ended.get();
        } catch (ExecutionException e) {
            return e.getCause() == null ? e : e.getCause();
        }
    }

    boolean wasWelcomed() {
        return welcome.isDone();
    }
}
