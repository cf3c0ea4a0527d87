package io.davit.controller.flow;

import io.davit.common.HostId;
import io.davit.controller.agentlink.Agents;
import io.davit.controller.agentlink.HostAwayException;
import io.davit.controller.execute.ClusterStore.AcceptedCluster;
import io.davit.controller.execute.OperationRecord;
import io.davit.controller.execute.Operations;
import io.davit.controller.execute.StepRecord;
import io.davit.controller.execute.StepState;
import io.davit.controller.health.Watched;
import io.davit.controller.plan.Blocker;
import io.davit.controller.plan.ProbeCall;
import io.davit.controller.report.ClusterPicture;
import io.davit.controller.report.StatusMessages;
import io.davit.controller.report.WhyMessages;
import io.davit.controller.spec.ClusterSpec.HostSpec;
import io.davit.controller.spec.Role;
import io.davit.proto.operator.v1.ClusterStatus;
import io.davit.proto.operator.v1.Finding;
import io.davit.proto.operator.v1.HostStatus;
import io.davit.proto.operator.v1.RoleStatus;
import io.davit.proto.operator.v1.WhyResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/**
 * What a host, a cluster or an operation waits for or lacks, with what is behind it.
 *
 * <ol>
 *   <li>An operation: the steps that run, are tried again, or ended badly.
 *   <li>A cluster: the same of the operation that runs on it; its roles that are not ok, with the
 *       last lines of their service's log; what is wrong beside the roles.
 *   <li>A host: what of the cluster's findings is about it; of one in no cluster what it waits for.
 * </ol>
 */
final class Explanations {

    private static final Duration PATIENCE = Duration.ofSeconds(5);

    private static final Set<StepState> TELLING =
            EnumSet.of(
                    StepState.RUNNING,
                    StepState.RETRYING,
                    StepState.BLOCKED,
                    StepState.FAILED,
                    StepState.UNKNOWN);

    private final AcceptedClusters clusters;
    private final Members members;
    private final StoredOperations operations;
    private final Operations running;
    private final ClusterPictures pictures;
    private final Agents agents;
    private final FreeHosts free;
    private final WhyMessages messages;

    Explanations(
            AcceptedClusters clusters,
            Members members,
            StoredOperations operations,
            Operations running,
            ClusterPictures pictures,
            Agents agents,
            FreeHosts free,
            WhyMessages messages) {
        this.clusters = clusters;
        this.members = members;
        this.operations = operations;
        this.running = running;
        this.pictures = pictures;
        this.agents = agents;
        this.free = free;
        this.messages = messages;
    }

    /**
     * @param subject an operation's id, a cluster's name, or a host: its name, CLUSTER/NAME, or the
     *     first digits of its id
     * @return empty if nothing has that name
     */
    Optional<WhyResponse> of(String subject) throws InterruptedException {
        var operation = operations.find(subject);
        if (operation.isPresent()) {
            return Optional.of(operation(operation.get()));
        }
        var cluster = clusters.find(subject);
        if (cluster.isPresent()) {
            return Optional.of(cluster(cluster.get()));
        }
        for (AcceptedCluster each : clusters.all()) {
            for (HostSpec host : each.spec().cluster().hosts()) {
                if (names(subject, each, host)) {
                    return Optional.of(host(each, host));
                }
            }
        }
        return free.of(subject);
    }

    /** What may be asked about by name: clusters and their hosts, and hosts in none. */
    List<String> subjects() {
        var inClusters =
                clusters.all().stream()
                        .map(each -> each.spec().cluster())
                        .flatMap(cluster ->
                                Stream.concat(
                                        Stream.of(cluster.name()),
                                        cluster.hosts().stream().map(HostSpec::name)));
        return Stream.concat(inClusters, free.subjects().stream()).distinct().toList();
    }

    private static boolean names(String subject, AcceptedCluster cluster, HostSpec host) {
        String id = cluster.bindings().host(host.name()).map(HostId::value).orElse("");
        return subject.equals(host.name())
                || subject.equals(cluster.spec().cluster().name() + "/" + host.name())
                || subject.length() >= 6 && id.startsWith(subject);
    }

    private WhyResponse operation(OperationRecord operation) {
        List<Finding> findings = findings(operation);
        String state = operation.state().name().toLowerCase(Locale.ROOT).replace('_', ' ');
        return WhyResponse.newBuilder()
                .setSubject("operation " + operation.id())
                .setSummary(
                        "operation %s on cluster %s: %s"
                                .formatted(operation.id(), operation.cluster(), state))
                .addAllFindings(findings)
                .build();
    }

    private List<Finding> findings(OperationRecord operation) {
        var findings = new ArrayList<Finding>();
        for (StepRecord step : running.steps(operation.id())) {
            if (TELLING.contains(step.state())) {
                findings.add(messages.step(step));
            }
        }
        if (findings.isEmpty()) {
            operation.causes().forEach(cause -> findings.add(messages.blocker(cause)));
        }
        return findings;
    }

    private WhyResponse cluster(AcceptedCluster cluster) throws InterruptedException {
        ClusterPicture picture = pictures.of(List.of(cluster)).getFirst();
        ClusterStatus status = StatusMessages.cluster(picture);
        return WhyResponse.newBuilder()
                .setSubject("cluster " + status.getName())
                .setSummary(
                        "cluster %s is %s; %s"
                                .formatted(
                                        status.getName(),
                                        status.getHealth(),
                                        status.getFaultTolerance()))
                .addAllFindings(findings(cluster, picture, status))
                .build();
    }

    private WhyResponse host(AcceptedCluster cluster, HostSpec host) throws InterruptedException {
        ClusterPicture picture = pictures.of(List.of(cluster)).getFirst();
        ClusterStatus status = StatusMessages.cluster(picture);
        HostStatus its =
                status.getHostsList().stream()
                        .filter(it -> it.getName().equals(host.name()))
                        .findFirst()
                        .orElseThrow();
        boolean well = its.getRoleStatusList().stream().allMatch(RoleStatus::getOk);
        return WhyResponse.newBuilder()
                .setSubject("host " + host.name())
                .setSummary(
                        "host %s of cluster %s is %s, its roles are %s"
                                .formatted(
                                        host.name(),
                                        status.getName(),
                                        its.getConnection(),
                                        well ? "ok" : "not all ok"))
                .addAllFindings(
                        findings(cluster, picture, status).stream()
                                .filter(finding -> finding.getHost().equals(host.name()))
                                .toList())
                .build();
    }

    private List<Finding> findings(
            AcceptedCluster cluster, ClusterPicture picture, ClusterStatus status)
            throws InterruptedException {
        var findings = new ArrayList<Finding>();
        picture.running().flatMap(operations::find).ifPresent(it -> findings.addAll(findings(it)));
        if (picture.running().isEmpty()) {
            notJoined(cluster).forEach(findings::add);
        }
        for (HostStatus host : status.getHostsList()) {
            for (RoleStatus role : host.getRoleStatusList()) {
                if (!role.getOk()) {
                    findings.add(messages.role(host, role, log(cluster, host, role)));
                }
            }
        }
        status.getProblemsList()
                .forEach(problem -> findings.add(messages.problem(problem, status)));
        return findings;
    }

    /** Members of pools that were tried and are no workers yet. */
    private Stream<Finding> notJoined(AcceptedCluster cluster) {
        return members.owed().stream()
                .map(Members.Owed::join)
                .filter(join -> join.cluster().equals(cluster.spec().cluster().name()))
                .filter(join -> join.attempts() > 0)
                .map(join ->
                        messages.blocker(
                                new Blocker(
                                        join.name(),
                                        Role.WORKER.text(),
                                        "",
                                        PoolJoins.failure(join, operations),
                                        join.attempts() < PoolJoins.MOST
                                                ? "it is tried again by itself"
                                                : "mend it, then davit apply")));
    }

    private List<String> log(AcceptedCluster cluster, HostStatus host, RoleStatus role)
            throws InterruptedException {
        var id = cluster.bindings().host(host.getName());
        if (id.isEmpty() || !host.getConnection().equals("connected")) {
            return List.of();
        }
        try {
            return List.copyOf(
                    agents.probe(id.get(), role.getRole(), ProbeCall.of(Watched.LOG), PATIENCE)
                            .details()
                            .values());
        } catch (HostAwayException e) {
            return List.of();
        }
    }
}
