package io.davit.controller.access;

import io.davit.common.Keys;
import io.davit.common.Names;
import io.davit.common.Pem;
import io.davit.common.Secret;
import io.davit.controller.audit.Actor;
import io.davit.controller.audit.Change;
import io.davit.controller.audit.Changes;
import io.davit.controller.pki.CertificateRecord;
import io.davit.controller.pki.ControllerPki;
import io.davit.controller.pki.IssuedCertificate;
import io.grpc.Status;
import java.security.KeyPair;
import java.security.SecureRandom;
import java.time.Clock;
import java.util.List;

/** Makes operators. */
public final class Operators {

    private final Changes changes;
    private final ControllerPki pki;
    private final Clock clock;
    private final SecureRandom random;

    /** Makes operators in this state. */
    public Operators(Changes changes, ControllerPki pki, Clock clock, SecureRandom random) {
        this.changes = changes;
        this.pki = pki;
        this.clock = clock;
        this.random = random;
    }

    /** A new operator's key and certificate; nothing of the key is kept. */
    public record Credential(Secret privateKeyPem, IssuedCertificate certificate) {}

    /**
     * Makes an operator of level admin.
     *
     * @throws io.grpc.StatusRuntimeException if the name is not one, or is taken
     */
    public Credential newAdmin(String name, Actor actor) {
        if (!Names.isOperatorName(name)) {
            throw Answers.refusal(
                    Status.INVALID_ARGUMENT,
                    "cannot make admin \""
                            + Names.printable(name)
                            + "\": want a-z, 0-9, '.', '_', '-', at most 63 characters");
        }
        KeyPair pair = Keys.newP256(random);
        IssuedCertificate issued = pki.issueOperator(name, pair.getPublic());
        var change =
                new Change(actor, "davit.operator.v1.Local/NewAdmin", "operator/" + name, name);
        changes.make(
                change,
                transaction -> {
                    if (transaction.find(OperatorRecord.TABLE, name).isPresent()) {
                        throw Answers.refusal(
                                Status.ALREADY_EXISTS,
                                "cannot make admin "
                                        + name
                                        + ": the name is taken; choose another");
                    }
                    transaction.add(
                            OperatorRecord.TABLE,
                            name,
                            new OperatorRecord(
                                    name,
                                    AccessLevel.ADMIN,
                                    List.of(issued.serial()),
                                    actor.name(),
                                    clock.instant()));
                    CertificateRecord.add(
                            transaction, issued, "operator/" + name, "operator", actor.name());
                    return issued;
                });
        return new Credential(Pem.ofPrivateKey(pair.getPrivate()), issued);
    }
}
