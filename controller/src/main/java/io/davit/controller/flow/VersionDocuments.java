package io.davit.controller.flow;

import io.davit.controller.release.EtcdVersion;
import io.davit.controller.release.K3sVersion;
import io.davit.controller.spec.ClusterSpec;
import io.davit.controller.spec.DefaultVersions;
import io.davit.controller.store.Records;
import io.davit.controller.store.Table;
import io.davit.controller.store.Transaction;
import java.time.Instant;
import java.util.Optional;

/**
 * The versions of clusters as they are stored: chosen for a spec that left them out, and accepted.
 * A stored spec is text as it was given; read again, it must be of the versions it was accepted
 * with, wherever the channels point by then.
 */
final class VersionDocuments {

    /** What a spec that is not accepted yet was planned with, by cluster and "k3s" or "etcd". */
    static final Table<Chosen> CHOSEN = new Table<>("version-choice", Chosen.class);

    private static final Table<Accepted> ACCEPTED = new Table<>("cluster-versions", Accepted.class);

    private VersionDocuments() {}

    /**
     * A version that was chosen.
     *
     * @param beside the K3s version that an etcd was chosen for; empty of a K3s
     * @param note why this one
     */
    record Chosen(String version, String beside, String note, Instant at) {}

    /** The versions of an accepted cluster. */
    record Accepted(String k3s, String etcd) {}

    /** What was chosen becomes what is accepted. */
    static void accept(Transaction transaction, ClusterSpec spec) {
        transaction.put(
                ACCEPTED,
                spec.name(),
                new Accepted(spec.k3sVersion().toString(), spec.etcdVersion().toString()));
        for (String part : new String[] {"k3s", "etcd"}) {
            if (transaction.find(CHOSEN, spec.name() + "/" + part).isPresent()) {
                transaction.remove(CHOSEN, spec.name() + "/" + part);
            }
        }
    }

    /** A cluster that has ended keeps its versions under another name. */
    static void end(Transaction transaction, String cluster, String archived) {
        transaction
                .find(ACCEPTED, cluster)
                .ifPresent(accepted -> transaction.put(ACCEPTED, archived, accepted));
        transaction.remove(ACCEPTED, cluster);
    }

    /** The accepted versions of a cluster, for reading its stored spec. */
    static DefaultVersions accepted(Records records, String cluster) {
        return records.find(ACCEPTED, cluster)
                .<DefaultVersions>map(Fixed::of)
                .orElse(DefaultVersions.NONE);
    }

    /** Versions that stand. */
    private record Fixed(Optional<K3sVersion> k3s, Optional<EtcdVersion> etcd)
            implements DefaultVersions {

        private static final String NOTE = "kept since the cluster was accepted";
        private static final String NONE_STORED = "none is stored";

        static Fixed of(Accepted accepted) {
            return new Fixed(K3sVersion.parse(accepted.k3s()), EtcdVersion.parse(accepted.etcd()));
        }

        @Override
        public Choice<K3sVersion> k3s(String cluster) {
            return choice(k3s);
        }

        @Override
        public Choice<EtcdVersion> etcd(String cluster, K3sVersion besides) {
            return choice(etcd);
        }

        private static <V> Choice<V> choice(Optional<V> stored) {
            return stored.<Choice<V>>map(version -> new DefaultVersions.Chosen<>(version, NOTE))
                    .orElseGet(() -> new NotChosen<>(NONE_STORED));
        }

        @Override
        public Publication publication(String cluster, K3sVersion version) {
            return new Published();
        }

        @Override
        public Optional<String> warning(EtcdVersion version) {
            return Optional.empty();
        }
    }
}
