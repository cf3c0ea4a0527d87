package io.davit.controller.flow;

import io.davit.controller.access.AccessLevel;
import io.davit.controller.audit.Actor;
import io.davit.controller.audit.Change;
import io.davit.controller.audit.Changes;
import io.davit.controller.execute.ClusterStore.AcceptedCluster;
import io.davit.controller.release.EtcdVersion;
import io.davit.controller.release.K3sVersion;
import io.davit.controller.spec.DefaultVersions;
import io.davit.controller.spec.ReadSpec;
import io.davit.controller.spec.SpecReader;
import io.davit.controller.store.Reads;
import io.davit.controller.store.Records;
import io.davit.controller.store.Transaction;
import io.davit.controller.versions.EtcdReleases;
import io.davit.controller.versions.K3sReleases;
import java.time.Clock;
import java.time.Duration;
import java.util.Arrays;
import java.util.Comparator;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Function;

/**
 * The versions of clusters whose specs leave them out.
 *
 * <ol>
 *   <li>An accepted cluster keeps its versions, wherever a channel points by now.
 *   <li>Else what an earlier plan of this name chose counts, for a week: apply does what the plan
 *       showed.
 *   <li>Else the newest stable K3s is chosen, and the etcd that goes with it, and both are kept.
 * </ol>
 *
 * A choice is kept only for a spec without problems, with an audit row, and only of somebody who
 * may apply it: whoever may just look pushes nobody's choice out. A controller that only looks
 * keeps none.
 */
public final class ClusterVersions {

    private static final Duration LIFE = Duration.ofDays(7);
    private static final int MOST_CHOICES = 1_000;

    /** Two plans that choose at once: the second one takes what the first one kept. */
    private static final int ATTEMPTS = 3;

    private final K3sReleases k3sReleases;
    private final EtcdReleases etcdReleases;
    private final AcceptedClusters clusters;
    private final Changes changes;
    private final Records records;
    private final Clock clock;
    private final boolean onlyLooks;

    /**
     * @param onlyLooks nothing can be applied here, so nothing is kept for it
     */
    public ClusterVersions(
            K3sReleases k3sReleases,
            EtcdReleases etcdReleases,
            AcceptedClusters clusters,
            Changes changes,
            Records records,
            Clock clock,
            boolean onlyLooks) {
        this.k3sReleases = k3sReleases;
        this.etcdReleases = etcdReleases;
        this.clusters = clusters;
        this.changes = changes;
        this.records = records;
        this.clock = clock;
        this.onlyLooks = onlyLooks;
    }

    /**
     * Reads a spec; versions that it leaves out are chosen, and kept if it has no problem and the
     * actor is a maintainer at least.
     */
    ReadSpec read(SpecReader reader, Actor actor, byte[] yaml) {
        for (int attempt = 1; ; attempt++) {
            var asked = new Asked();
            var read = reader.read(yaml, asked);
            if (read.spec().isEmpty()
                    || !mayKeep(actor)
                    || attempt == ATTEMPTS
                    || asked.keep(actor)) {
                return read;
            }
        }
    }

    private boolean mayKeep(Actor actor) {
        return !onlyLooks
                && Arrays.stream(AccessLevel.values())
                        .filter(level -> level.includes(AccessLevel.MAINTAINER))
                        .anyMatch(level -> level.text().equals(actor.access()));
    }

    private Optional<VersionDocuments.Chosen> chosen(Reads reads, String id, String beside) {
        return reads.find(VersionDocuments.CHOSEN, id)
                .filter(chosen -> chosen.beside().equals(beside))
                .filter(chosen -> chosen.at().plus(LIFE).isAfter(clock.instant()));
    }

    /** The answers for one reading, and what was newly chosen in it. */
    private final class Asked implements DefaultVersions {

        private final Map<String, VersionDocuments.Chosen> made = new TreeMap<>();

        @Override
        public Choice<K3sVersion> k3s(String cluster) {
            return standing(cluster, c -> c.spec().cluster().k3sVersion())
                    .or(() -> earlier(cluster + "/k3s", "", K3sVersion::parse))
                    .orElseGet(() -> newestStable(cluster));
        }

        @Override
        public Choice<EtcdVersion> etcd(String cluster, K3sVersion k3s) {
            return standing(cluster, c -> c.spec().cluster().etcdVersion())
                    .or(() -> earlier(cluster + "/etcd", k3s.toString(), EtcdVersion::parse))
                    .orElseGet(() ->
                            made(etcdReleases.forK3s(k3s), cluster + "/etcd", k3s.toString()));
        }

        private <V> Optional<Choice<V>> standing(
                String cluster, Function<AcceptedCluster, V> version) {
            return clusters.find(cluster)
                    .map(c ->
                            new Chosen<>(version.apply(c), "kept since the cluster was accepted"));
        }

        private <V> Optional<Choice<V>> earlier(
                String id, String beside, Function<String, Optional<V>> grammar) {
            return chosen(records, id, beside)
                    .flatMap(chosen ->
                            grammar.apply(chosen.version())
                                    .map(version -> new Chosen<>(version, chosen.note())));
        }

        private Choice<K3sVersion> newestStable(String cluster) {
            try {
                return made(k3sReleases.stable(), cluster + "/k3s", "");
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return new NotChosen<>("the controller is stopping");
            }
        }

        /** What is chosen here and now is to be kept. */
        private <V> Choice<V> made(Choice<V> choice, String id, String beside) {
            if (choice instanceof Chosen<V> chosen) {
                made.put(
                        id,
                        new VersionDocuments.Chosen(
                                chosen.version() + "", beside, chosen.note(), clock.instant()));
            }
            return choice;
        }

        @Override
        public Publication publication(String cluster, K3sVersion version) {
            boolean accepted =
                    !cluster.isEmpty()
                            && clusters.find(cluster)
                                    .filter(c -> c.spec().cluster().k3sVersion().equals(version))
                                    .isPresent();
            try {
                return accepted ? new Published() : k3sReleases.published(version);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return new CannotTell("the controller is stopping");
            }
        }

        @Override
        public Optional<String> warning(EtcdVersion version) {
            return etcdReleases.warning(version);
        }

        /** False if somebody else chose meanwhile: read again, then. */
        boolean keep(Actor actor) {
            if (made.isEmpty()) {
                return true;
            }
            String cluster = made.keySet().iterator().next().replaceFirst("/.*", "");
            return changes.make(
                    new Change(
                            actor,
                            "davit.operator.v1.Clusters/Plan",
                            "cluster/" + cluster,
                            made.toString()),
                    transaction -> {
                        for (var choice : made.entrySet()) {
                            if (chosen(transaction, choice.getKey(), choice.getValue().beside())
                                    .isPresent()) {
                                return false;
                            }
                        }
                        made.forEach((id, chosen) ->
                                transaction.put(VersionDocuments.CHOSEN, id, chosen));
                        forgetOldest(transaction);
                        return true;
                    });
        }

        private void forgetOldest(Transaction transaction) {
            var all = transaction.all(VersionDocuments.CHOSEN);
            all.stream()
                    .sorted(Comparator.comparing(row -> row.value().at()))
                    .limit(Math.max(0, all.size() - MOST_CHOICES))
                    .forEach(row -> transaction.remove(VersionDocuments.CHOSEN, row.id()));
        }
    }
}
