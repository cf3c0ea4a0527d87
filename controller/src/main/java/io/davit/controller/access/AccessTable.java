package io.davit.controller.access;

import io.grpc.ServerMethodDefinition;
import io.grpc.ServerServiceDefinition;
import java.time.Duration;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Every method that exists, with who may call it. A method without a row keeps the controller from
 * starting; a path without a method is answered with UNIMPLEMENTED before any of our code runs.
 */
public final class AccessTable {

    private static final Duration QUICK = Duration.ofSeconds(30);
    private static final Duration PLANNING = Duration.ofMinutes(10);
    private static final Duration FETCHING = Duration.ofHours(2);

    private final Map<String, Rule> rules = new LinkedHashMap<>();

    /** The table of this version. */
    public AccessTable() {
        agent("davit.agent.v1.AgentGateway/Session", Optional.empty(), false);
        agent("davit.agent.v1.AgentGateway/FetchArtifact", Optional.of(FETCHING), true);

        agent("davit.agent.v1.AgentGateway/PutBlob", Optional.of(FETCHING), false);

        enrolling("davit.agent.v1.Enrollment/Begin");
        enrolling("davit.agent.v1.Enrollment/Finish");

        String clusters = "davit.operator.v1.Clusters/";
        operator(clusters + "Plan", AccessLevel.VIEWER, Optional.of(PLANNING), true);
        operator(clusters + "Apply", AccessLevel.MAINTAINER, Optional.of(PLANNING), true);
        operator(clusters + "Status", AccessLevel.VIEWER, Optional.of(QUICK), true);
        operator(clusters + "List", AccessLevel.VIEWER, Optional.of(QUICK), true);
        operator(clusters + "Remove", AccessLevel.ADMIN, Optional.of(PLANNING), false);
        operator(clusters + "RemoveHosts", AccessLevel.MAINTAINER, Optional.of(PLANNING), false);
        operator(clusters + "Kubeconfig", AccessLevel.ADMIN, Optional.of(QUICK), false);

        String snapshots = "davit.operator.v1.EtcdSnapshots/";
        operator(snapshots + "Take", AccessLevel.MAINTAINER, Optional.of(PLANNING), false);
        operator(snapshots + "List", AccessLevel.VIEWER, Optional.of(QUICK), true);
        operator(snapshots + "Remove", AccessLevel.ADMIN, Optional.of(QUICK), false);

        String operations = "davit.operator.v1.Operations/";
        operator(operations + "List", AccessLevel.VIEWER, Optional.of(QUICK), true);
        operator(operations + "Watch", AccessLevel.VIEWER, Optional.empty(), true);
        operator(operations + "Approve", AccessLevel.MAINTAINER, Optional.of(PLANNING), false);
        operator(operations + "Resume", AccessLevel.MAINTAINER, Optional.of(PLANNING), false);
        operator(operations + "Cancel", AccessLevel.MAINTAINER, Optional.of(QUICK), true);

        String health = "davit.operator.v1.Health/";
        operator(health + "Why", AccessLevel.VIEWER, Optional.of(QUICK), true);
        operator(health + "Events", AccessLevel.VIEWER, Optional.of(QUICK), true);

        String hosts = "davit.operator.v1.Hosts/";
        operator(hosts + "List", AccessLevel.VIEWER, Optional.of(QUICK), true);
        operator(hosts + "Approve", AccessLevel.ADMIN, Optional.of(QUICK), true);
        operator(hosts + "Remove", AccessLevel.ADMIN, Optional.of(QUICK), true);

        String agents = "davit.operator.v1.Agents/";
        operator(agents + "List", AccessLevel.VIEWER, Optional.of(QUICK), true);
        operator(agents + "Upgrade", AccessLevel.ADMIN, Optional.of(PLANNING), false);
        operator(agents + "Cancel", AccessLevel.ADMIN, Optional.of(QUICK), true);

        String tokens = "davit.operator.v1.Tokens/";
        operator(tokens + "Create", AccessLevel.ADMIN, Optional.of(QUICK), false);
        operator(tokens + "List", AccessLevel.ADMIN, Optional.of(QUICK), true);
        operator(tokens + "Revoke", AccessLevel.ADMIN, Optional.of(QUICK), true);

        String artifacts = "davit.operator.v1.Artifacts/";
        operator(artifacts + "List", AccessLevel.VIEWER, Optional.of(QUICK), true);
        operator(artifacts + "Fetch", AccessLevel.MAINTAINER, Optional.of(FETCHING), true);
        operator(artifacts + "Remove", AccessLevel.MAINTAINER, Optional.of(QUICK), true);
        operator(artifacts + "ImportBundle", AccessLevel.ADMIN, Optional.of(FETCHING), true);

        operator(
                "davit.operator.v1.Releases/Versions",
                AccessLevel.VIEWER,
                Optional.of(PLANNING),
                true);

        operator(
                "davit.operator.v1.Controller/Version",
                AccessLevel.VIEWER,
                Optional.of(QUICK),
                true);

        String adoption = "davit.operator.v1.Adoption/";
        operator(adoption + "Differences", AccessLevel.VIEWER, Optional.of(PLANNING), true);
        operator(adoption + "Confirm", AccessLevel.ADMIN, Optional.of(PLANNING), false);

        local("davit.operator.v1.Local/NewAdmin", false);
        local("davit.operator.v1.Local/Status", true);
        local("davit.operator.v1.Local/ImportAgent", true);

        answeredWhileAdopting();
    }

    /** What looks and touches no host, what leads out of adopt mode, and a way in for a person. */
    private void answeredWhileAdopting() {
        for (String method :
                List.of(
                        "davit.agent.v1.AgentGateway/Session",
                        "davit.operator.v1.Clusters/Plan",
                        "davit.operator.v1.Clusters/List",
                        "davit.operator.v1.Clusters/Status",
                        "davit.operator.v1.EtcdSnapshots/List",
                        "davit.operator.v1.Operations/List",
                        "davit.operator.v1.Operations/Watch",
                        "davit.operator.v1.Health/Why",
                        "davit.operator.v1.Health/Events",
                        "davit.operator.v1.Hosts/List",
                        "davit.operator.v1.Agents/List",
                        "davit.operator.v1.Tokens/List",
                        "davit.operator.v1.Artifacts/List",
                        "davit.operator.v1.Releases/Versions",
                        "davit.operator.v1.Controller/Version",
                        "davit.operator.v1.Adoption/Differences",
                        "davit.operator.v1.Adoption/Confirm",
                        "davit.operator.v1.Local/NewAdmin",
                        "davit.operator.v1.Local/Status")) {
            Rule row = find(method).orElseThrow(() -> new IllegalStateException(method));
            rules.put(method, row.answeredWhileAdopting());
        }
    }

    private void agent(String method, Optional<Duration> deadline, boolean idempotent) {
        add(new Rule(method, PeerClass.AGENT, Optional.empty(), deadline, idempotent, false));
    }

    private void enrolling(String method) {
        add(
                new Rule(
                        method,
                        PeerClass.ENROLLING,
                        Optional.empty(),
                        Optional.of(QUICK),
                        true,
                        false));
    }

    private void operator(
            String method, AccessLevel needed, Optional<Duration> deadline, boolean idempotent) {
        add(new Rule(method, PeerClass.OPERATOR, Optional.of(needed), deadline, idempotent, false));
    }

    private void local(String method, boolean idempotent) {
        add(
                new Rule(
                        method,
                        PeerClass.LOCAL,
                        Optional.empty(),
                        Optional.of(QUICK),
                        idempotent,
                        false));
    }

    private void add(Rule rule) {
        rules.put(rule.method(), rule);
    }

    /** The row of a method. */
    public Optional<Rule> find(String method) {
        return Optional.ofNullable(rules.get(method));
    }

    /** All rows. */
    public Collection<Rule> rows() {
        return List.copyOf(rules.values());
    }

    /**
     * Checks that a listener's services are all in the table, each for this listener's peers.
     *
     * @throws IllegalStateException naming the methods that are not
     */
    public void requireRows(PeerClass listener, List<ServerServiceDefinition> services) {
        List<String> missing =
                services.stream()
                        .flatMap(service -> service.getMethods().stream())
                        .map(AccessTable::nameOf)
                        .filter(method -> find(method).map(Rule::peers).orElse(null) != listener)
                        .sorted()
                        .toList();
        if (!missing.isEmpty()) {
            throw new IllegalStateException(
                    "cannot start: no row for %s in the access table of %s"
                            .formatted(missing, listener));
        }
    }

    private static String nameOf(ServerMethodDefinition<?, ?> method) {
        return method.getMethodDescriptor().getFullMethodName();
    }
}
