package io.davit.controller.pki;

import io.davit.controller.store.Table;
import io.davit.controller.store.Transaction;
import java.time.Instant;

/**
 * What stays of a certificate once it is given out.
 *
 * @param subject identity or common name
 * @param issuer which authority: "agent", "operator", "controller", "prod/client-ca"
 * @param issuedFor who asked, for people
 */
public record CertificateRecord(
        String serial,
        String subject,
        String issuer,
        Instant notBefore,
        Instant notAfter,
        String issuedFor) {

    /** All certificates ever signed, by serial number. */
    public static final Table<CertificateRecord> TABLE =
            new Table<>("certificate", CertificateRecord.class);

    /** Records a certificate in the transaction that gives it out. */
    public static void add(
            Transaction transaction,
            IssuedCertificate issued,
            String subject,
            String issuer,
            String issuedFor) {
        transaction.add(
                TABLE,
                issued.serial(),
                new CertificateRecord(
                        issued.serial(),
                        subject,
                        issuer,
                        issued.leaf().getNotBefore().toInstant(),
                        issued.notAfter(),
                        issuedFor));
    }
}
