package io.davit.controller.pki;

import io.davit.common.Pem;
import io.davit.common.Secret;
import io.davit.controller.store.Reads;
import io.davit.controller.store.SealedSecrets;
import io.davit.controller.store.StoreException;
import io.davit.controller.store.Table;
import io.davit.controller.store.Transaction;
import java.security.SecureRandom;
import java.util.Optional;

/** Authorities in the store: the certificate in the open, the key sealed. */
final class Authorities {

    private static final Table<Stored> TABLE = new Table<>("authority", Stored.class);

    private final SealedSecrets secrets;
    private final SecureRandom random;

    Authorities(SealedSecrets secrets, SecureRandom random) {
        this.secrets = secrets;
        this.random = random;
    }

    record Stored(String certificatePem) {}

    /** Adds an authority under an id such as {@code controller/root}. */
    void add(Transaction transaction, String id, Authority authority) {
        transaction.add(TABLE, id, new Stored(Pem.ofCertificate(authority.certificate())));
        secrets.add(transaction, "authority-key/" + id, Pem.ofPrivateKey(authority.key()));
    }

    Optional<String> certificatePem(Reads reads, String id) {
        return reads.find(TABLE, id).map(Stored::certificatePem);
    }

    Secret keyPem(Reads reads, String id) {
        return secrets.require(reads, "authority-key/" + id);
    }

    Authority load(Reads reads, String id) {
        String pem =
                certificatePem(reads, id)
                        .orElseThrow(() ->
                                new StoreException(
                                        "cannot find authority " + id + ": the state has none"));
        return new Authority(
                Pem.certificates(pem).getFirst(), Pem.ecPrivateKey(keyPem(reads, id)), random);
    }
}
