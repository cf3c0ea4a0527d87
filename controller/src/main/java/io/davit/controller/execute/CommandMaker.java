package io.davit.controller.execute;

import io.davit.common.Secret;
import io.davit.controller.agentlink.Command;
import io.davit.controller.plan.AgentWork;
import io.davit.controller.plan.AgentWork.EnsureCertificate;
import io.davit.controller.plan.AgentWork.WriteFile;
import io.davit.controller.plan.CertificateProfile;
import io.davit.controller.plan.Content;
import io.davit.controller.plan.Ref;
import io.davit.controller.plan.Step;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Optional;

/** Makes of a plan's step what is sent: puts values in the place of references. */
final class CommandMaker {

    private final MaterialSource material;
    private final SecretResolver secrets;

    CommandMaker(MaterialSource material, SecretResolver secrets) {
        this.material = material;
        this.secrets = secrets;
    }

    /**
     * @throws IllegalStateException when something referred to does not exist
     */
    Command command(String cluster, Step step, AgentWork work, int attempt) {
        AgentWork known =
                work instanceof EnsureCertificate ensure
                        ? new EnsureCertificate(ensure.slot(), known(cluster, ensure.profile()))
                        : work;
        Optional<Command.Body> body =
                work instanceof WriteFile write
                        ? Optional.of(new Command.Bytes(bytes(cluster, write.content())))
                        : Optional.empty();
        return new Command(
                step.id(),
                attempt,
                step.role(),
                step.reason().toString(),
                step.deadline(),
                known,
                body);
    }

    /** The profile with the issuer that exists by now. */
    CertificateProfile known(String cluster, CertificateProfile profile) {
        return switch (profile.issuerSha256()) {
            case Ref.Known _ -> profile;
            case Ref.OutputOf output -> {
                String issuer =
                        material.material(cluster)
                                .issuerSha256(profile.issuer())
                                .orElseThrow(() ->
                                        new IllegalStateException(
                                                "CA "
                                                        + profile.issuer()
                                                        + " is not there after "
                                                        + output.stepId()));
                yield new CertificateProfile(
                        profile.issuer(),
                        new Ref.Known(issuer),
                        profile.commonName(),
                        profile.dnsNames(),
                        profile.ipAddresses(),
                        profile.extendedKeyUsages(),
                        profile.minRemaining());
            }
        };
    }

    private Secret bytes(String cluster, Content content) {
        var out = new ByteArrayOutputStream();
        for (Content.Part part : content.parts()) {
            byte[] piece =
                    switch (part) {
                        case Content.Literal literal ->
                                literal.text().getBytes(StandardCharsets.UTF_8);
                        case Content.SecretRef reference ->
                                secrets.resolve(cluster, reference).reveal();
                    };
            out.writeBytes(piece);
            Arrays.fill(piece, (byte) 0);
        }
        return Secret.of(out.toByteArray());
    }
}
