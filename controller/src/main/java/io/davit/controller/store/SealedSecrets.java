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

    /** Removes a secret; nothing happens if there is none. */
    public void remove(Transaction transaction, String name) {
        transaction.remove(SECRETS, name);
    }

    /** Removes every secret whose name begins with this and a slash. */
    public void removeBelow(Transaction transaction, String prefix) {
        transaction.below(SECRETS, prefix).forEach(row -> transaction.remove(SECRETS, row.id()));
    }

    /** Gives every secret whose name begins with this and a slash another beginning. */
    public void renameBelow(Transaction transaction, String prefix, String next) {
        transaction
                .below(SECRETS, prefix)
                .forEach(row -> {
                    add(
                            transaction,
                            next + row.id().substring(prefix.length()),
                            sealer.open("secret/" + row.id(), row.value()));
                    transaction.remove(SECRETS, row.id());
                });
    }

    /** Stores a secret that must not exist yet. */
    public void add(Transaction transaction, String name, Secret secret) {
        transaction.add(SECRETS, name, sealer.seal("secret/" + name, secret));
    }
}
