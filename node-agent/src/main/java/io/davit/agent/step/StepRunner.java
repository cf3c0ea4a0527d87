package io.davit.agent.step;

import io.davit.agent.observe.LiveHost;
import io.davit.agent.profile.Catalogue;
import io.davit.agent.profile.Profile;
import io.davit.common.Names;
import io.davit.proto.agent.v1.Changed;
import io.davit.proto.agent.v1.Outcome;
import io.davit.proto.agent.v1.Step;
import io.davit.proto.agent.v1.StepPhase;
import io.davit.proto.agent.v1.Unchanged;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Optional;

/** One step: check, apply, verify; whatever goes wrong becomes an outcome. */
final class StepRunner {

    /** Called between check and apply: the intent must be on the disk before anything changes. */
    interface BeforeApply {
        void record() throws JournalFailedException, IOException, InterruptedException;
    }

    /** The journal cannot be written: nothing may be done any more. */
    static final class JournalFailedException extends Exception {
        private static final long serialVersionUID = 1L;

        JournalFailedException(IOException cause) {
            super(cause.getMessage(), cause);
        }
    }

    /** Hears which phase a step enters. */
    interface Phases {
        void enter(StepPhase phase);
    }

    private static final Outcome UNCHANGED =
            Outcome.newBuilder().setUnchanged(Unchanged.getDefaultInstance()).build();

    private final StepKinds kinds;
    private final Catalogue catalogue;

    StepRunner(StepKinds kinds, Catalogue catalogue) {
        this.kinds = kinds;
        this.catalogue = catalogue;
    }

    Outcome run(Step step, Work work, Phases phases, BeforeApply beforeApply)
            throws InterruptedException, JournalFailedException {
        try {
            Profile profile = profile(step);
            StepKind kind = kind(step);
            phases.enter(StepPhase.STEP_PHASE_CHECK);
            Finding finding = kind.check(step, profile, work.host());
            if (finding instanceof Finding.Same && !kind.always()) {
                return UNCHANGED;
            }
            beforeApply.record();
            phases.enter(StepPhase.STEP_PHASE_APPLY);
            Optional<String> done = kind.apply(step, profile, work);
            if (!kind.always()) {
                phases.enter(StepPhase.STEP_PHASE_VERIFY);
                verify(kind, step, profile, work.host());
            }
            return done.map(StepRunner::changed).orElse(UNCHANGED);
        } catch (StepEnded e) {
            return e.outcome();
        } catch (IOException e) {
            stopIfInterrupted(e);
            return StepEnded.failed("cannot %s: %s".formatted(doing(step), cause(e))).outcome();
        } catch (UncheckedIOException e) {
            return StepEnded.failed("cannot %s: %s".formatted(doing(step), cause(e))).outcome();
        } catch (RuntimeException e) {
            return StepEnded.failed("cannot %s: %s".formatted(doing(step), e)).outcome();
        }
    }

    /** A write that was cut off by the agent's own stop says nothing about the host. */
    private static void stopIfInterrupted(IOException e) throws InterruptedException {
        if (e instanceof java.nio.channels.ClosedByInterruptException
                || Thread.currentThread().isInterrupted()) {
            throw new InterruptedException("the agent is stopping");
        }
    }

    private static void verify(StepKind kind, Step step, Profile profile, LiveHost host)
            throws StepEnded, IOException, InterruptedException {
        if (kind.check(step, profile, host) instanceof Finding.Different still) {
            throw StepEnded.failed(
                    "cannot verify %s: after it was done, it still %s"
                            .formatted(doing(step), still.change()));
        }
    }

    /** What is so after a crash between intent and end. */
    Outcome recover(Step step, LiveHost host) throws InterruptedException {
        String was = "the agent was stopped while it was to " + doing(step);
        try {
            StepKind kind = kind(step);
            if (!kind.always() && kind.check(step, profile(step), host) instanceof Finding.Same) {
                return changed("done before the agent was stopped");
            }
        } catch (StepEnded e) {
            if (e.outcome().hasBlocked()) {
                return e.outcome();
            }
            return retry(was + ": " + e.getMessage());
        } catch (IOException | RuntimeException e) {
            return retry(was + ": " + e.getMessage());
        }
        return retry(was);
    }

    private static Outcome retry(String why) {
        return StepEnded.retry(java.time.Duration.ZERO, why).outcome();
    }

    private static Outcome changed(String what) {
        return Outcome.newBuilder().setChanged(Changed.newBuilder().setWhat(what)).build();
    }

    Profile profile(Step step) throws StepEnded {
        return catalogue
                .profile(step.getRole())
                .orElseThrow(() ->
                        StepEnded.failed(
                                "cannot do step %s: there is no role \"%s\""
                                        .formatted(
                                                Names.printable(step.getStepId()),
                                                Names.printable(step.getRole()))));
    }

    StepKind kind(Step step) throws StepEnded {
        return kinds.of(step)
                .orElseThrow(() ->
                        StepEnded.failed(
                                "cannot do step %s: this agent does not know its kind"
                                        .formatted(Names.printable(step.getStepId()))));
    }

    private static String cause(Exception e) {
        String message = e.getMessage();
        return message == null || message.isBlank()
                ? e.getClass().getSimpleName()
                : e.getClass().getSimpleName().replace("Exception", "") + ": " + message;
    }

    private static String doing(Step step) {
        return switch (step.getKindCase()) {
            case ENSURE_ARTIFACT -> "place " + step.getEnsureArtifact().getArtifact();
            case ENSURE_PACKAGE -> "install " + step.getEnsurePackage().getPackage();
            case ENSURE_CERTIFICATE -> "make certificate " + step.getEnsureCertificate().getSlot();
            case WRITE_FILE -> "write " + step.getWriteFile().getSlot();
            case ENSURE_SERVICE -> "keep service " + step.getEnsureService().getUnit();
            case RUN_ACTION -> "run " + step.getRunAction().getAction();
            case PREPARE_ROLE -> "prepare role " + step.getRole();
            case AWAIT_HEALTHY -> "wait for " + step.getRole();
            case REMOVE_ROLE -> "remove role " + step.getRole();
            case STORE_BLOB -> "make blob " + step.getStoreBlob().getBlob();
            case KIND_NOT_SET -> "do step " + step.getStepId();
        };
    }
}
