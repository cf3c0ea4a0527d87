package io.davit.controller.flow;

import io.davit.common.HostId;
import io.davit.controller.access.Answers;
import io.davit.controller.audit.AuditTrail;
import io.davit.controller.execute.OperationRecord;
import io.davit.controller.health.EventLog;
import io.davit.proto.operator.v1.Event;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * What happened: operations begun and ended, what operators did (from the audit trail), hosts that
 * came and went, probes that failed and mended.
 */
final class Events {

    private static final int MOST = 1_000;
    private static final String OPERATORS = "davit.operator.v1.";

    /** What viewers may read about anyway. */
    private static final Pattern TOLD =
            Pattern.compile(
                    "davit\\.operator\\.v1\\.(Clusters|EtcdSnapshots|Operations|Hosts|Agents)/.*");

    private final AcceptedClusters clusters;
    private final StoredOperations operations;
    private final AuditTrail audit;
    private final EventLog hosts;

    Events(
            AcceptedClusters clusters,
            StoredOperations operations,
            AuditTrail audit,
            EventLog hosts) {
        this.clusters = clusters;
        this.operations = operations;
        this.audit = audit;
        this.hosts = hosts;
    }

    private record Place(String cluster, String host) {}

    /**
     * The newest, oldest first.
     *
     * @param cluster only what is about it; empty: everything
     */
    List<Event> since(Instant from, String cluster) {
        KnownClusters.require(operations, cluster);
        var events = new ArrayList<Event>();
        hosts(from, events);
        operations(from, events);
        operators(from, events);
        var wanted =
                events.stream()
                        .filter(event -> cluster.isEmpty() || event.getCluster().equals(cluster))
                        .sorted(
                                Comparator.<Event>comparingLong(it -> it.getAt().getSeconds())
                                        .thenComparingInt(it -> it.getAt().getNanos()))
                        .toList();
        return wanted.subList(Math.max(0, wanted.size() - MOST), wanted.size());
    }

    private void hosts(Instant from, List<Event> events) {
        Map<HostId, Place> places = new HashMap<>();
        clusters.all()
                .forEach(cluster ->
                        cluster.bindings()
                                .byName()
                                .forEach((name, id) ->
                                        places.put(
                                                id,
                                                new Place(cluster.spec().cluster().name(), name))));
        for (EventLog.HostEvent event : hosts.since(from)) {
            Place place = places.getOrDefault(event.host(), new Place("", event.host().value()));
            events.add(
                    event(event.at(), event.kind().text(), place.cluster(), event.text())
                            .setHost(place.host())
                            .setRole(event.role())
                            .build());
        }
    }

    private void operations(Instant from, List<Event> events) {
        for (OperationRecord operation : operations.list("", MOST)) {
            if (!operation.startedAt().isBefore(from)) {
                events.add(
                        event(
                                        operation.startedAt(),
                                        "operation",
                                        operation.cluster(),
                                        "operation %s begins".formatted(operation.id()))
                                .setActor(operation.operator())
                                .build());
            }
            operation
                    .endedAt()
                    .filter(at -> !at.isBefore(from))
                    .ifPresent(at ->
                            events.add(
                                    event(
                                                    at,
                                                    "operation",
                                                    operation.cluster(),
                                                    "operation %s: %s"
                                                            .formatted(
                                                                    operation.id(),
                                                                    words(operation)))
                                            .build()));
        }
    }

    private static String words(OperationRecord operation) {
        return operation.state().name().toLowerCase(Locale.ROOT).replace('_', ' ');
    }

    private void operators(Instant from, List<Event> events) {
        for (var row : audit.newest(MOST)) {
            if (row.ts().isBefore(from)
                    || !row.result().equals("ok")
                    || !TOLD.matcher(row.method()).matches()) {
                continue;
            }
            String what = row.method().substring(OPERATORS.length()).replace('/', ' ');
            events.add(
                    event(
                                    row.ts(),
                                    "operator",
                                    cluster(row.target()).orElse(""),
                                    what.toLowerCase(Locale.ROOT) + " " + row.target())
                            .setActor(row.actor())
                            .build());
        }
    }

    private Optional<String> cluster(String target) {
        if (target.startsWith("cluster/")) {
            return Optional.of(target.substring("cluster/".length()));
        }
        return target.startsWith("operation/")
                ? operations
                        .find(target.substring("operation/".length()))
                        .map(OperationRecord::cluster)
                : Optional.empty();
    }

    private static Event.Builder event(Instant at, String kind, String cluster, String text) {
        return Event.newBuilder()
                .setAt(Answers.timestamp(at))
                .setKind(kind)
                .setCluster(cluster)
                .setText(text);
    }
}
