package io.davit.controller.flow;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.davit.common.HostId;
import io.davit.common.K3sKeys;
import io.davit.common.Secret;
import io.davit.controller.audit.Actor;
import io.davit.controller.audit.Change;
import io.davit.controller.audit.Changes;
import io.davit.controller.enroll.Place;
import io.davit.controller.enroll.PoolRecord;
import io.davit.controller.enroll.Pools;
import io.davit.controller.execute.ClusterStore.AcceptedCluster;
import io.davit.controller.execute.Envelope;
import io.davit.controller.execute.OperationRecord;
import io.davit.controller.execute.OperationState;
import io.davit.controller.plan.Bindings;
import io.davit.controller.plan.Consent;
import io.davit.controller.plan.ControllerWork.Parting;
import io.davit.controller.plan.FirstServer;
import io.davit.controller.spec.SpecReader;
import io.davit.controller.store.InMemoryStore;
import io.davit.controller.store.Records;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;

class AcceptedClustersTest {

    private static final Instant NOW = Instant.parse("2026-01-01T00:00:00Z");
    private static final Actor ANN = new Actor("operator/ann", "admin", "198.18.0.1");
    private static final HostId E1 = new HostId("1".repeat(32));
    private static final HostId S1 = new HostId("2".repeat(32));

    private final InMemoryStore store = new InMemoryStore();
    private final Changes changes =
            new Changes(store, Secret.ofText("k"), Clock.fixed(NOW, ZoneOffset.UTC));
    private final Records records = new Records(store);
    private final SpecReader reader = new SpecReader(K3sKeys.standard());
    private final AcceptedClusters clusters =
            new AcceptedClusters(changes, records, reader, ClusterEnd.NONE);
    private final StoredOperations operations = new StoredOperations(changes, store);

    private static byte[] yaml(String name) {
        return """
        apiVersion: davit/v1
        kind: Cluster
        metadata: {name: %s}
        spec:
          k3s: {version: v1.34.1+k3s1}
          etcd: {version: 3.5.16}
          hosts:
            - {name: e1, address: 198.18.0.11, roles: [etcd]}
            - {name: s1, address: 198.18.0.14, roles: [control-plane]}
        """
                .formatted(name)
                .getBytes(StandardCharsets.UTF_8);
    }

    private static OperationRecord operation(String id, String cluster) {
        return OperationRecord.start(
                id,
                cluster,
                1,
                new Envelope(1, Map.of(), Set.of(), Set.of()),
                Consent.of(false),
                "ann",
                NOW);
    }

    private AcceptedClusters.Answer accept(
            String cluster, String key, String operation, Map<String, HostId> bindings) {
        return accept(cluster, key, clusters.find(cluster), operation, bindings);
    }

    private AcceptedClusters.Answer accept(
            String cluster,
            Optional<AcceptedCluster> seen,
            String operation,
            Map<String, HostId> bindings) {
        return accept(cluster, "", seen, operation, bindings);
    }

    private AcceptedClusters.Answer accept(
            String cluster,
            String key,
            Optional<AcceptedCluster> seen,
            String operation,
            Map<String, HostId> bindings) {
        var spec = reader.read(yaml(cluster)).spec().orElseThrow();
        return clusters.accept(
                ANN,
                key,
                seen,
                yaml(cluster),
                spec,
                new Bindings(bindings),
                operation(operation, cluster));
    }

    @Test
    void acceptingStoresSpecBindingsAndOperationTogether() {
        assertThat(accept("small", "key1", "op-1", Map.of("e1", E1)))
                .isEqualTo(new AcceptedClusters.Accepted());
        var accepted = clusters.load("small");
        assertThat(accepted.bindings().host("e1")).contains(E1);
        assertThat(accepted.spec().cluster().hosts()).hasSize(2);
        assertThat(clusters.running("small")).contains("op-1");
        assertThat(operations.find("op-1")).contains(operation("op-1", "small"));
        assertThat(records.find(Place.TABLE, E1.value())).contains(new Place("small", "e1"));
        assertThat(records.find(Place.TABLE, S1.value())).isEmpty();
    }

    @Test
    void theSameRequestIsTheSameOperation() {
        accept("small", "key1", "op-1", Map.of());
        assertThat(accept("small", "key1", "op-2", Map.of()))
                .isEqualTo(new AcceptedClusters.AlreadyAccepted("op-1"));
        assertThat(operations.find("op-2")).isEmpty();
    }

    private void over(String operation) {
        operations.save(
                operations
                        .find(operation)
                        .orElseThrow()
                        .ended(OperationState.DONE, List.of(), List.of(), NOW));
    }

    @Test
    void aSecondOperationIsRefusedUntilTheFirstEnds() {
        accept("small", "", "op-1", Map.of());
        assertThat(accept("small", "", "op-2", Map.of()))
                .isEqualTo(new AcceptedClusters.Busy("op-1"));
        over("op-1");
        assertThat(clusters.running("small")).isEqualTo(Optional.empty());
        assertThat(accept("small", "", "op-2", Map.of()))
                .isEqualTo(new AcceptedClusters.Accepted());
    }

    @Test
    void aHostBelongsToOnePlace() {
        accept("small", "", "op-1", Map.of("e1", E1));
        assertThat(accept("other", "", "op-2", Map.of("e1", E1)))
                .isEqualTo(new AcceptedClusters.HostTaken("e1", E1, "small"));
        assertThat(clusters.find("other")).isEmpty();
    }

    @Test
    void marksChangeByThemselves() {
        accept("small", "", "op-1", Map.of());
        clusters.update(
                "small", record -> record.withFirstServer(new FirstServer.Chosen("s1", S1)));
        assertThat(clusters.load("small").record().firstServer())
                .isEqualTo(new FirstServer.Chosen("s1", S1));
        assertThatThrownBy(() -> clusters.update("none", record -> record))
                .hasMessageContaining("there is none");
    }

    @Test
    void aPlanOfWhatIsNoLongerSoIsNotAccepted() {
        accept("small", "", "op-1", Map.of("e1", E1));
        over("op-1");
        var seen = clusters.find("small");
        clusters.unbind("small", "e1", E1, Parting.FREE);

        assertThat(accept("small", seen, "op-2", Map.of("e1", E1)))
                .as("it would bind again what was freed meanwhile")
                .isEqualTo(new AcceptedClusters.Moved(AcceptedClusters.CHANGED));
        assertThat(accept("small", Optional.empty(), "op-2", Map.of()))
                .as("planned when there was no such cluster")
                .isEqualTo(new AcceptedClusters.Moved(AcceptedClusters.CHANGED));
        assertThat(clusters.load("small").bindings().host("e1")).isEmpty();
        assertThat(accept("small", clusters.find("small"), "op-2", Map.of("e1", E1)))
                .isEqualTo(new AcceptedClusters.Accepted());
    }

    @Test
    void aTakeDownThatIsRefusedLeavesThePoolsOpen() {
        accept("small", "", "op-1", Map.of("e1", E1));
        changes.make(
                new Change(ANN, "test", "cluster/small", ""),
                transaction -> {
                    Pools.accept(transaction, "small", Map.of("web", 3));
                    return "";
                });

        assertThat(clusters.acceptTakeDown(ANN, operation("op-2", "small")))
                .isEqualTo(new AcceptedClusters.Busy("op-1"));
        assertThat(records.find(PoolRecord.TABLE, "small/web")).isPresent();

        over("op-1");
        assertThat(clusters.acceptTakeDown(ANN, operation("op-2", "small")))
                .isEqualTo(new AcceptedClusters.Accepted());
        assertThat(records.find(PoolRecord.TABLE, "small/web")).isEmpty();
    }
}
