package io.davit.controller.execute;

import io.davit.common.HostId;
import io.davit.controller.agentlink.ArtifactGate;
import io.davit.controller.agentlink.BlobDesk;
import io.davit.controller.agentlink.CertificateDesk;
import io.davit.controller.agentlink.Command;
import io.davit.controller.plan.AgentWork;
import io.davit.controller.plan.AgentWork.EnsureArtifact;
import io.davit.controller.plan.AgentWork.EnsureCertificate;
import io.davit.controller.plan.AgentWork.StoreBlob;
import io.davit.controller.plan.CertificateProfile;
import java.io.IOException;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedMap;

/**
 * What runs on which host now, as far as it gives a host a right: to a certificate with the profile
 * that is stored here, to a file, and to send what was asked of it, once at a time. Of the steps
 * that are sent together, the first that has not ended is the one that runs; a right begins and
 * ends with its step.
 */
public final class RunningSteps implements CertificateDesk, ArtifactGate, BlobDesk {

    private final CertificateIssuer issuer;
    private final BlobShelf shelf;

    /** In the order in which they were begun. */
    private final Map<Work, SequencedMap<String, Right>> sent = new HashMap<>();

    public RunningSteps(CertificateIssuer issuer, BlobShelf shelf) {
        this.issuer = issuer;
        this.shelf = shelf;
    }

    private record Work(HostId host, String operationId) {}

    private sealed interface Right {}

    private record ToNothing() implements Right {}

    private record ToCertificate(String cluster, CertificateProfile profile) implements Right {}

    private record ToFile(String sha256) implements Right {}

    /** To send this. */
    private static final class ToSend implements Right {

        private final String cluster;
        private final String name;
        private final int attempt;

        /** Breaks off what is on its way; empty while nothing is. */
        private Optional<Runnable> onItsWay = Optional.empty();

        ToSend(String cluster, String name, int attempt) {
            this.cluster = cluster;
            this.name = name;
            this.attempt = attempt;
        }
    }

    /** A step is about to be sent, behind those begun before it on this host. */
    synchronized void begin(HostId host, String operationId, String cluster, Command command) {
        sent.computeIfAbsent(new Work(host, operationId), _ -> new LinkedHashMap<>())
                .put(command.stepId(), right(cluster, command));
    }

    private static Right right(String cluster, Command command) {
        return switch (command.work()) {
            case EnsureCertificate ensure -> new ToCertificate(cluster, ensure.profile());
            case EnsureArtifact ensure -> new ToFile(ensure.sha256());
            case StoreBlob store -> new ToSend(cluster, store.name(), command.attempt());
            case AgentWork.EnsureHeldPackage held -> new ToFile(held.set().sha256());
            case AgentWork.EnsurePackage _,
                    AgentWork.WriteFile _,
                    AgentWork.EnsureService _,
                    AgentWork.RunAction _,
                    AgentWork.PrepareRole _,
                    AgentWork.AwaitHealthy _,
                    AgentWork.RemoveRole _ ->
                    new ToNothing();
        };
    }

    /** A step has ended, or is not waited for any more. */
    void end(HostId host, String operationId, String stepId) {
        forget(host, operationId, stepId).ifPresent(Runnable::run);
    }

    /** What was on its way of a step that has ended: to be broken off, without the lock. */
    private synchronized Optional<Runnable> forget(HostId host, String operationId, String stepId) {
        var work = new Work(host, operationId);
        var steps = sent.get(work);
        if (steps == null) {
            return Optional.empty();
        }
        Right right = steps.remove(stepId);
        if (steps.isEmpty()) {
            sent.remove(work);
        }
        return right instanceof ToSend send ? send.onItsWay : Optional.empty();
    }

    @Override
    public Incoming open(HostId from, Head head, Runnable breakOff) throws BlobRefusedException {
        ToSend right = begin(from, head, breakOff);
        try {
            return new Sending(from, head, right, shelf.open(right.cluster, from, head));
        } catch (BlobRefusedException | RuntimeException e) {
            over(right);
            throw e;
        }
    }

    private synchronized ToSend begin(HostId from, Head head, Runnable breakOff)
            throws BlobRefusedException {
        ToSend right =
                sending(from, head)
                        .orElseThrow(() ->
                                new BlobRefusedException(
                                        BlobRefusedException.Cause.NOT_ASKED,
                                        "no step that runs on this host now makes it"));
        if (right.onItsWay.isPresent()) {
            throw new BlobRefusedException(
                    BlobRefusedException.Cause.NOT_ASKED, "it is on its way already");
        }
        right.onItsWay = Optional.of(breakOff);
        return right;
    }

    private synchronized Optional<ToSend> sending(HostId from, Head head) {
        return Optional.ofNullable(sent.get(new Work(from, head.operationId())))
                .map(SequencedMap::firstEntry)
                .filter(running -> running.getKey().equals(head.stepId()))
                .map(Map.Entry::getValue)
                .filter(ToSend.class::isInstance)
                .map(ToSend.class::cast)
                .filter(right -> right.name.equals(head.name()) && right.attempt == head.attempt());
    }

    private synchronized void over(ToSend right) {
        right.onItsWay = Optional.empty();
    }

    /** Something on its way, kept only if its step still runs when all of it is here. */
    private final class Sending implements Incoming {

        private final HostId from;
        private final Head head;
        private final ToSend right;
        private final Incoming incoming;

        Sending(HostId from, Head head, ToSend right, Incoming incoming) {
            this.from = from;
            this.head = head;
            this.right = right;
            this.incoming = incoming;
        }

        @Override
        public void take(byte[] data) throws IOException {
            incoming.take(data);
        }

        @Override
        public void finish() throws IOException, BlobRefusedException {
            if (sending(from, head).filter(now -> now == right).isEmpty()) {
                throw new BlobRefusedException(
                        BlobRefusedException.Cause.NOT_ASKED, "the step that it is for has ended");
            }
            incoming.finish();
            over(right);
        }

        @Override
        public void discard() {
            incoming.discard();
            over(right);
        }
    }

    @Override
    public String sign(HostId from, String operationId, String stepId, byte[] csr)
            throws CertificateRefusedException {
        ToCertificate right =
                certificate(from, operationId, stepId)
                        .orElseThrow(() ->
                                new StepUnknownException(
                                        "no such step of this operation runs on this host now"));
        return issuer.issue(right.cluster(), from, right.profile(), csr);
    }

    private synchronized Optional<ToCertificate> certificate(
            HostId from, String operationId, String stepId) {
        return Optional.ofNullable(sent.get(new Work(from, operationId)))
                .map(SequencedMap::firstEntry)
                .filter(running -> running.getKey().equals(stepId))
                .map(Map.Entry::getValue)
                .filter(ToCertificate.class::isInstance)
                .map(ToCertificate.class::cast);
    }

    @Override
    public synchronized boolean mayFetch(HostId from, String sha256) {
        return sent.entrySet().stream()
                .filter(work -> work.getKey().host().equals(from))
                .map(work -> work.getValue().firstEntry().getValue())
                .anyMatch(right -> right instanceof ToFile file && file.sha256().equals(sha256));
    }
}
