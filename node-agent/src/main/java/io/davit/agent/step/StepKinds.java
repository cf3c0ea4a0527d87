package io.davit.agent.step;

import io.davit.agent.profile.Catalogue;
import io.davit.agent.system.HostSystem;
import io.davit.proto.agent.v1.Step;
import java.security.SecureRandom;
import java.util.Optional;

/** The closed set of kinds. */
final class StepKinds {

    private final StepKind artifact;
    private final StepKind osPackage;
    private final StepKind certificate;
    private final StepKind writeFile = new WriteFileKind();
    private final StepKind service;
    private final StepKind action = new RunActionKind();
    private final StepKind prepare = new PrepareRoleKind();
    private final StepKind await = new AwaitHealthyKind();
    private final StepKind remove;
    private final StepKind blob;

    StepKinds(HostSystem system, Catalogue catalogue, String arch, SecureRandom random) {
        var guard = new EtcdGuard(system);
        this.artifact = new EnsureArtifactKind(arch);
        this.osPackage = new EnsurePackageKind(system.processes(), arch);
        this.certificate = new EnsureCertificateKind(random);
        this.service = new EnsureServiceKind(guard);
        this.remove = new RemoveRoleKind(guard, catalogue);
        this.blob = new StoreBlobKind(system);
    }

    /** Empty if the step is of no kind that this agent knows. */
    Optional<StepKind> of(Step step) {
        return switch (step.getKindCase()) {
            case ENSURE_ARTIFACT -> Optional.of(artifact);
            case ENSURE_PACKAGE -> Optional.of(osPackage);
            case ENSURE_CERTIFICATE -> Optional.of(certificate);
            case WRITE_FILE -> Optional.of(writeFile);
            case ENSURE_SERVICE -> Optional.of(service);
            case RUN_ACTION -> Optional.of(action);
            case PREPARE_ROLE -> Optional.of(prepare);
            case AWAIT_HEALTHY -> Optional.of(await);
            case REMOVE_ROLE -> Optional.of(remove);
            case STORE_BLOB -> Optional.of(blob);
            case KIND_NOT_SET -> Optional.empty();
        };
    }
}
