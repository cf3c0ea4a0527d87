package io.davit.controller.store;

import io.davit.common.Secret;
import java.util.Optional;

/** Secrets by name, sealed in their own table. */
public final class SealedSecrets {

    private static final Table<Sealed> SECRETS = new Table<>("secret", Sealed.class);

    private final Sealer sealer;

    /** Seals and opens with the given sealer. */
    public SealedSecrets(Sealer sealer) {
        this.sealer = sealer;
    }

    /** The secret of this name, if there is one. */
    public Optional<Secret> find(Reads reads, String name) {
        return reads.find(SECRETS, name).map(sealed -> sealer.open("secret/" + name, sealed));
    }

    /**
     * The secret of this name.
     *
     * @throws StoreException if there is none
     */
    public Secret require(Reads reads, String name) {
        return find(reads, name)
                .orElseThrow(() ->
                        new StoreException("cannot find secret " + name + ": the state has none"));
    }

    /** Stores a secret that must not exist yet. */
    public void add(Transaction transaction, String name, Secret secret) {
        transaction.add(SECRETS, name, sealer.seal("secret/" + name, secret));
    }
}
