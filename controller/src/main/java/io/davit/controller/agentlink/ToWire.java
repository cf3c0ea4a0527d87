package io.davit.controller.agentlink;

import com.google.protobuf.ByteString;
import com.google.protobuf.util.Durations;
import io.davit.controller.plan.AgentWork;
import io.davit.controller.plan.ProbeCall;
import io.davit.controller.plan.Ref;
import io.davit.proto.agent.v1.AwaitHealthy;
import io.davit.proto.agent.v1.CertificateProfile;
import io.davit.proto.agent.v1.DataDisposal;
import io.davit.proto.agent.v1.DesiredState;
import io.davit.proto.agent.v1.EnsureArtifact;
import io.davit.proto.agent.v1.EnsureCertificate;
import io.davit.proto.agent.v1.EnsurePackage;
import io.davit.proto.agent.v1.EnsureService;
import io.davit.proto.agent.v1.ExecuteBatch;
import io.davit.proto.agent.v1.HeldPackages;
import io.davit.proto.agent.v1.PrepareRole;
import io.davit.proto.agent.v1.RemoveRole;
import io.davit.proto.agent.v1.RunAction;
import io.davit.proto.agent.v1.Step;
import io.davit.proto.agent.v1.StoreBlob;
import io.davit.proto.agent.v1.WriteFile;
import java.time.Duration;

/** What the controller says, as messages. */
final class ToWire {

    private ToWire() {}

    static ExecuteBatch batch(Batch batch, String reignId) {
        var message =
                ExecuteBatch.newBuilder()
                        .setOperationId(batch.operationId())
                        .setEpoch(batch.epoch())
                        .setReignId(reignId)
                        .setOperationSequence(batch.operationSequence());
        batch.commands().forEach(command -> message.addSteps(step(command)));
        return message.build();
    }

    static Step step(Command command) {
        var step =
                Step.newBuilder()
                        .setStepId(command.stepId())
                        .setAttempt(command.attempt())
                        .setRole(command.role())
                        .setReason(command.reason())
                        .setDeadline(duration(command.deadline()));
        switch (command.work()) {
            case AgentWork.EnsureArtifact work -> step.setEnsureArtifact(artifact(work));
            case AgentWork.EnsurePackage work ->
                    step.setEnsurePackage(
                            EnsurePackage.newBuilder()
                                    .setPackage(work.packageName())
                                    .setVersion(work.version()));
            case AgentWork.EnsureHeldPackage work ->
                    step.setEnsurePackage(
                            EnsurePackage.newBuilder()
                                    .setPackage(work.packageName())
                                    .setHeld(set(work)));
            case AgentWork.EnsureCertificate work ->
                    step.setEnsureCertificate(
                            EnsureCertificate.newBuilder()
                                    .setSlot(work.slot())
                                    .setProfile(profile(work.profile())));
            case AgentWork.WriteFile work -> step.setWriteFile(file(work, command));
            case AgentWork.EnsureService work -> step.setEnsureService(service(work));
            case AgentWork.RunAction work ->
                    step.setRunAction(
                            RunAction.newBuilder()
                                    .setAction(work.action())
                                    .putAllArgs(work.args()));
            case AgentWork.PrepareRole _ -> step.setPrepareRole(PrepareRole.getDefaultInstance());
            case AgentWork.AwaitHealthy work -> {
                var await = AwaitHealthy.newBuilder().setStableFor(duration(work.stableFor()));
                work.probes().forEach(probe -> await.addProbes(probe(probe)));
                step.setAwaitHealthy(await);
            }
            case AgentWork.RemoveRole work ->
                    step.setRemoveRole(
                            RemoveRole.newBuilder()
                                    .setWholeCluster(work.wholeCluster())
                                    .setData(
                                            switch (work.data()) {
                                                case KEEP -> DataDisposal.DATA_DISPOSAL_KEEP;
                                                case DESTROY -> DataDisposal.DATA_DISPOSAL_DESTROY;
                                            }));
            case AgentWork.StoreBlob work ->
                    step.setStoreBlob(
                            StoreBlob.newBuilder().setBlob(work.blob()).setName(work.name()));
        }
        return step.build();
    }

    static io.davit.proto.agent.v1.ProbeCall probe(ProbeCall probe) {
        return io.davit.proto.agent.v1.ProbeCall.newBuilder()
                .setProbe(probe.probe())
                .putAllArgs(probe.args())
                .build();
    }

    static com.google.protobuf.Duration duration(Duration duration) {
        return Durations.fromMillis(duration.toMillis());
    }

    private static EnsureArtifact artifact(AgentWork.EnsureArtifact work) {
        return EnsureArtifact.newBuilder()
                .setArtifact(work.artifact())
                .setVersion(work.version())
                .setArch(work.arch())
                .setSha256(work.sha256())
                .setSizeBytes(work.sizeBytes())
                .setFileName(work.fileName())
                .build();
    }

    private static HeldPackages set(AgentWork.EnsureHeldPackage work) {
        return HeldPackages.newBuilder()
                .setRelease(work.set().version())
                .setArch(work.set().arch())
                .setSha256(work.set().sha256())
                .setSizeBytes(work.set().sizeBytes())
                .setOffered(work.offered())
                .build();
    }

    private static CertificateProfile profile(io.davit.controller.plan.CertificateProfile profile) {
        return CertificateProfile.newBuilder()
                .setIssuer(profile.issuer())
                .setIssuerSha256(known(profile.issuerSha256()))
                .setCommonName(profile.commonName())
                .addAllDnsNames(profile.dnsNames())
                .addAllIpAddresses(profile.ipAddresses())
                .addAllExtendedKeyUsages(profile.extendedKeyUsages())
                .setMinRemaining(duration(profile.minRemaining()))
                .build();
    }

    private static String known(Ref ref) {
        return switch (ref) {
            case Ref.Known known -> known.id();
            case Ref.OutputOf output ->
                    throw new IllegalArgumentException(
                            "cannot send a step: the output of "
                                    + output.stepId()
                                    + " is not known yet");
        };
    }

    private static WriteFile file(AgentWork.WriteFile work, Command command) {
        var file =
                WriteFile.newBuilder()
                        .setSlot(work.slot())
                        .setPreviousDigest(work.previousDigest());
        switch (command.body().orElseThrow(() -> withoutBody(command))) {
            case Command.Bytes bytes ->
                    file.setContent(ByteString.copyFrom(bytes.content().reveal()));
            case Command.DigestOnly digest -> file.setContentDigest(digest.digest());
        }
        return file.build();
    }

    private static IllegalArgumentException withoutBody(Command command) {
        return new IllegalArgumentException(
                "cannot send step " + command.stepId() + ": it writes a file and has no content");
    }

    private static EnsureService service(AgentWork.EnsureService work) {
        return EnsureService.newBuilder()
                .setUnit(work.unit())
                .setDesired(
                        switch (work.desired()) {
                            case RUNNING -> DesiredState.DESIRED_STATE_RUNNING;
                            case STOPPED -> DesiredState.DESIRED_STATE_STOPPED;
                        })
                .putAllParameters(work.parameters())
                .addAllRestartBecause(work.restartBecause())
                .setAllowDowntime(work.allowDowntime())
                .build();
    }
}
