package io.davit.agent.session;

import io.davit.agent.step.EngineListener;
import io.davit.agent.step.EnginePorts;
import io.davit.proto.agent.v1.AgentMessage;
import io.davit.proto.agent.v1.HealthReport;
import io.davit.proto.agent.v1.StepProgress;
import io.davit.proto.agent.v1.StepResult;
import io.grpc.Channel;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicReference;

/**
 * What the engine has of the controller, whether there is a session or not. It is made before the
 * engine; the {@link Session} hangs the connection of the moment into it.
 */
public final class ControllerLink {

    private static final Duration ARTIFACT_SILENCE = Duration.ofSeconds(30);

    /** The controller may have much to remove before it answers. */
    private static final Duration BLOB_SILENCE = Duration.ofSeconds(60);

    private record Attached(Connection connection, Channel channel) {}

    private final AtomicReference<Optional<Attached>> attached =
            new AtomicReference<>(Optional.empty());
    private final CertificateDesk certificates = new CertificateDesk(this::send);
    private final AtomicReference<Optional<HealthReport>> health =
            new AtomicReference<>(Optional.empty());
    private final Semaphore changes = new Semaphore(0);

    /** For the engine. */
    public EnginePorts ports() {
        return new EnginePorts(
                new ArtifactClient(() -> attached.get().map(Attached::channel), ARTIFACT_SILENCE),
                certificates,
                new BlobClient(() -> attached.get().map(Attached::channel), BLOB_SILENCE),
                new EngineListener() {
                    @Override
                    public void progress(StepProgress progress) {
                        connection().ifPresent(connection -> connection.progress(progress));
                    }

                    @Override
                    public void result(StepResult result) {
                        connection().ifPresent(connection -> connection.result(result));
                    }

                    @Override
                    public void changed() {
                        changes.release();
                    }
                });
    }

    /**
     * The host's newest health report: it goes out now, and first of all on each new connection.
     */
    public void health(HealthReport newest) {
        health.set(Optional.of(newest));
        connection().ifPresent(connection -> connection.health(newest));
    }

    private void send(AgentMessage message) {
        connection().ifPresent(connection -> connection.answer(message));
    }

    Optional<Connection> connection() {
        return attached.get().map(Attached::connection);
    }

    CertificateDesk certificates() {
        return certificates;
    }

    /** The session is held; requests that waited for one go out. */
    void attach(Connection connection, Channel channel) {
        attached.set(Optional.of(new Attached(connection, channel)));
        health.get().ifPresent(connection::health);
    }

    void detach() {
        attached.set(Optional.empty());
    }

    /** Returns when something changed since the last call. */
    void awaitChange() throws InterruptedException {
        changes.acquire();
    }

    /** What changed up to now is about to be reported. */
    void forgetChanges() {
        changes.drainPermits();
    }
}
