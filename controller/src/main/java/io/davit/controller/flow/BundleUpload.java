package io.davit.controller.flow;

import io.davit.common.Digests;
import io.davit.controller.access.Answers;
import io.davit.controller.artifact.ArtifactStore;
import io.davit.controller.audit.Actor;
import io.davit.controller.bundle.BadBundleException;
import io.davit.controller.bundle.BundleImport;
import io.davit.controller.bundle.BundleImport.Taken;
import io.davit.proto.operator.v1.BundleStart;
import io.davit.proto.operator.v1.ImportBundleRequest;
import io.davit.proto.operator.v1.ImportBundleResponse;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.stub.StreamObserver;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.Optional;
import java.util.concurrent.Semaphore;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Receives one bundle into a file of its own, which goes however the call ends. What is received is
 * read only when it is whole and has the SHA-256 that was announced.
 */
final class BundleUpload implements StreamObserver<ImportBundleRequest> {

    private static final Logger LOG = LoggerFactory.getLogger(BundleUpload.class);
    private static final long LONGEST = 64L << 30;
    private static final int LONGEST_CHUNK = 1 << 20;

    private final ArtifactStore store;
    private final BundleImport bundles;
    private final Actor actor;
    private final Semaphore one;
    private final Function<Taken, ImportBundleResponse> answer;
    private final StreamObserver<ImportBundleResponse> observer;
    private final MessageDigest digest = Digests.sha256();
    private Optional<Receiving> receiving = Optional.empty();
    private boolean ended;

    /**
     * A call that begins.
     *
     * @param one only one bundle is received at a time
     */
    BundleUpload(
            ArtifactStore store,
            BundleImport bundles,
            Actor actor,
            Semaphore one,
            Function<Taken, ImportBundleResponse> answer,
            StreamObserver<ImportBundleResponse> observer) {
        this.store = store;
        this.bundles = bundles;
        this.actor = actor;
        this.one = one;
        this.answer = answer;
        this.observer = observer;
    }

    private static final class Receiving {

        private final BundleStart announced;
        private final ArtifactStore.Incoming incoming;
        private final OutputStream out;
        private long bytes;

        Receiving(BundleStart announced, ArtifactStore.Incoming incoming) throws IOException {
            this.announced = announced;
            this.incoming = incoming;
            try {
                this.out = Files.newOutputStream(incoming.file());
            } catch (IOException e) {
                incoming.close();
                throw e;
            }
        }
    }

    @Override
    public void onNext(ImportBundleRequest request) {
        if (ended) {
            return;
        }
        try {
            switch (request.getPartCase()) {
                case START -> begin(request.getStart());
                case CHUNK -> take(request.getChunk().toByteArray());
                case PART_NOT_SET -> throw refused(Status.INVALID_ARGUMENT, "an empty message");
            }
        } catch (StatusRuntimeException e) {
            fail(e);
        } catch (IOException e) {
            fail(refused(Status.FAILED_PRECONDITION, String.valueOf(e.getMessage())));
        }
    }

    private void begin(BundleStart start) throws IOException {
        if (receiving.isPresent()) {
            throw refused(Status.INVALID_ARGUMENT, "it begins twice");
        }
        if (!start.getSha256().matches("[0-9a-f]{64}")
                || start.getSizeBytes() <= 0
                || start.getSizeBytes() > LONGEST) {
            throw refused(Status.INVALID_ARGUMENT, "its SHA-256 or size is none");
        }
        if (!one.tryAcquire()) {
            throw refused(
                    Status.FAILED_PRECONDITION,
                    "another bundle is being imported; try again when that is done");
        }
        try {
            receiving = Optional.of(new Receiving(start, store.incoming(start.getSizeBytes())));
        } finally {
            if (receiving.isEmpty()) {
                one.release();
            }
        }
    }

    private void take(byte[] chunk) throws IOException {
        var now = receiving.orElseThrow(() -> refused(Status.INVALID_ARGUMENT, "no beginning"));
        now.bytes += chunk.length;
        if (chunk.length > LONGEST_CHUNK || now.bytes > now.announced.getSizeBytes()) {
            throw refused(Status.INVALID_ARGUMENT, "more bytes came than were announced");
        }
        digest.update(chunk);
        now.out.write(chunk);
    }

    @Override
    public void onError(Throwable why) {
        LOG.info("a bundle did not come to its end: {}", why.getMessage());
        ended = true;
        forget();
    }

    @Override
    public void onCompleted() {
        if (ended) {
            return;
        }
        ended = true;
        Answers.unary(
                observer,
                () -> {
                    try {
                        return conclude();
                    } finally {
                        forget();
                    }
                });
    }

    private ImportBundleResponse conclude() {
        var now = receiving.orElseThrow(() -> refused(Status.INVALID_ARGUMENT, "no beginning"));
        try {
            now.out.close();
            String actual = HexFormat.of().formatHex(digest.digest());
            if (!actual.equals(now.announced.getSha256())) {
                throw refused(
                        Status.DATA_LOSS,
                        "%d of %d bytes came, with SHA-256 %s instead of %s"
                                .formatted(
                                        now.bytes,
                                        now.announced.getSizeBytes(),
                                        actual,
                                        now.announced.getSha256()));
            }
            return answer.apply(bundles.run(now.incoming.file(), actual, actor));
        } catch (IOException | BadBundleException e) {
            throw refused(
                    Status.FAILED_PRECONDITION,
                    "%s; nothing of it was kept\n  → copy it again, or make it again with davit artifacts export"
                            .formatted(e.getMessage()));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw refused(Status.UNAVAILABLE, "the controller is stopping");
        }
    }

    private void fail(StatusRuntimeException refusal) {
        ended = true;
        forget();
        observer.onError(refusal);
    }

    private void forget() {
        receiving.ifPresent(now -> {
            try (now.incoming) {
                now.out.close();
            } catch (IOException e) {
                LOG.warn("cannot remove {}: {}", now.incoming.file(), e.getMessage());
            } finally {
                one.release();
            }
        });
        receiving = Optional.empty();
    }

    private static StatusRuntimeException refused(Status status, String why) {
        return Answers.refusal(status, "cannot import the bundle: " + why);
    }
}
