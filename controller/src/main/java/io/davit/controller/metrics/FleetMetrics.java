package io.davit.controller.metrics;

import io.davit.common.HostId;
import io.davit.controller.execute.ClusterStore.AcceptedCluster;
import io.davit.controller.execute.OperationState;
import io.davit.controller.health.HealthReports.Reported;
import io.davit.controller.health.HostHealth;
import io.davit.controller.health.Watched;
import io.davit.controller.health.WatchedProbe;
import io.davit.controller.health.WatchedProbe.Standing;
import io.davit.controller.observe.ObservedHost;
import io.davit.controller.spec.ClusterSpec.HostSpec;
import io.davit.controller.spec.Role;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.stream.Collectors;

/** The controller's page: itself, and every cluster as a whole. */
final class FleetMetrics {

    static final Metric INFO =
            Metric.of("davit_controller_version", "The running controller; always 1.", "version");
    static final Metric EPOCH =
            Metric.of(
                    "davit_controller_epoch",
                    "Number of the controller's reign; it grows with each start.");
    static final Metric CONTROLLER_CERTIFICATE =
            Metric.of(
                    "davit_controller_certificate_not_after_timestamp_seconds",
                    "Until when the controller's own certificate is valid, in seconds since 1970.");
    static final Metric HOSTS = Metric.of("davit_controller_hosts", "Hosts that are known.");
    static final Metric CONNECTED =
            Metric.of("davit_controller_hosts_connected", "Hosts whose agent has a session.");

    static final Metric AGENTS =
            Metric.of("davit_controller_agents", "Connected agents of a version.", "version");

    static final Metric CLUSTER =
            Metric.of(
                    "davit_cluster_version",
                    "A cluster and its versions; always 1.",
                    "cluster",
                    "k3s_version",
                    "etcd_version");
    static final Metric GENERATION =
            Metric.of("davit_cluster_generation", "Generation of the accepted spec.", "cluster");
    static final Metric HOST_UP =
            Metric.of(
                    "davit_cluster_host_up",
                    "Whether a host of the cluster is bound and its agent reports: 1 or 0.",
                    "cluster",
                    "host");
    static final Metric HOST_DRIFT =
            Metric.of(
                    "davit_cluster_host_drift",
                    "How much of a host is not as it was applied: files, units, packages,"
                            + " certificates, labels; a service that only does not run is not"
                            + " counted. Absent while nobody can tell, or an operation acts on the"
                            + " cluster.",
                    "cluster",
                    "host");
    static final Metric MEMBERS =
            Metric.of("davit_cluster_etcd_members", "etcd members in the spec.", "cluster");
    static final Metric MEMBERS_OK =
            Metric.of(
                    "davit_cluster_etcd_members_ok",
                    "etcd members whose host reports that they serve reads.",
                    "cluster");
    static final Metric MEMBERS_SPARE =
            Metric.of(
                    "davit_cluster_etcd_members_spare",
                    "etcd members that may still be lost without losing quorum; negative: quorum is"
                            + " lost.",
                    "cluster");
    static final Metric SERVERS =
            Metric.of("davit_cluster_servers", "k3s servers in the spec.", "cluster");
    static final Metric SERVERS_OK =
            Metric.of(
                    "davit_cluster_servers_ok",
                    "k3s servers whose host reports that their API is ready.",
                    "cluster");
    static final Metric WORKERS =
            Metric.of("davit_cluster_workers", "Workers in the spec.", "cluster");
    static final Metric WORKERS_OK =
            Metric.of(
                    "davit_cluster_workers_ok",
                    "Workers whose host reports that their kubelet is well.",
                    "cluster");
    static final Metric VIRTUAL_IP_HOLDERS =
            Metric.of(
                    "davit_cluster_virtual_ip_holders",
                    "Hosts that have the cluster's virtual IP; 1 is right. Absent without one.",
                    "cluster");
    static final Metric OPERATION_RUNNING =
            Metric.of(
                    "davit_cluster_operation_running",
                    "Whether an operation acts on the cluster: 1 or 0.",
                    "cluster");
    static final Metric OPERATION_STARTED =
            Metric.of(
                    "davit_cluster_operation_started_timestamp_seconds",
                    "Start of the newest operation, in seconds since 1970.",
                    "cluster");
    static final Metric OPERATION_WAITS =
            Metric.of(
                    "davit_cluster_operation_needs_person",
                    "Whether the newest operation waits for a person, or ended without reaching the"
                            + " spec: 1 or 0.",
                    "cluster",
                    "state");
    static final Metric SNAPSHOT_TAKEN =
            Metric.of(
                    "davit_etcd_snapshot_last_success_timestamp_seconds",
                    "When the newest snapshot of the cluster's etcd was held, in seconds since"
                            + " 1970. Absent before the first.",
                    "cluster");
    static final Metric SNAPSHOT_SIZE =
            Metric.of(
                    "davit_etcd_snapshot_last_size_bytes",
                    "Size of that snapshot. Absent before the first.",
                    "cluster");

    static final List<Metric> ALL =
            List.of(
                    INFO,
                    EPOCH,
                    CONTROLLER_CERTIFICATE,
                    HOSTS,
                    CONNECTED,
                    AGENTS,
                    CLUSTER,
                    GENERATION,
                    HOST_UP,
                    HOST_DRIFT,
                    MEMBERS,
                    MEMBERS_OK,
                    MEMBERS_SPARE,
                    SERVERS,
                    SERVERS_OK,
                    WORKERS,
                    WORKERS_OK,
                    VIRTUAL_IP_HOLDERS,
                    OPERATION_RUNNING,
                    OPERATION_STARTED,
                    OPERATION_WAITS,
                    SNAPSHOT_TAKEN,
                    SNAPSHOT_SIZE);

    private static final Set<OperationState> FOR_A_PERSON =
            EnumSet.of(
                    OperationState.NEEDS_APPROVAL,
                    OperationState.NEEDS_ATTENTION,
                    OperationState.FAILED,
                    OperationState.INCOMPLETE);

    private final Sheet sheet = new Sheet();
    private final FleetView view;
    private final Map<HostId, ObservedHost> hosts;

    private FleetMetrics(FleetView view) {
        this.view = view;
        this.hosts =
                view.hosts().stream()
                        .collect(Collectors.toMap(ObservedHost::hostId, Function.identity()));
    }

    static String page(FleetView view) {
        var metrics = new FleetMetrics(view);
        var controller = view.controller();
        metrics.sheet
                .put(INFO, 1, controller.version())
                .put(EPOCH, controller.epoch())
                .put(CONTROLLER_CERTIFICATE, controller.certificateEnds())
                .put(HOSTS, metrics.hosts.size())
                .put(
                        CONNECTED,
                        metrics.hosts.values().stream().filter(ObservedHost::connected).count());
        metrics.agents();
        view.clusters().forEach(metrics::cluster);
        return metrics.sheet.text();
    }

    private void agents() {
        var versions = new TreeMap<String, Integer>();
        hosts.values().stream()
                .filter(ObservedHost::connected)
                .flatMap(host -> view.agentVersion(host.hostId()).stream())
                .forEach(version -> versions.merge(version, 1, Integer::sum));
        versions.forEach((version, count) -> sheet.put(AGENTS, count, version));
    }

    private void cluster(AcceptedCluster cluster) {
        var spec = cluster.spec().cluster();
        String name = spec.name();
        sheet.put(CLUSTER, 1, name, spec.k3sVersion().toString(), spec.etcdVersion().toString());
        sheet.put(GENERATION, cluster.spec().generation(), name);
        for (HostSpec host : spec.hosts()) {
            sheet.put(HOST_UP, report(cluster, host).isPresent(), name, host.name());
        }
        view.drift(name)
                .ifPresent(drift ->
                        drift.hosts()
                                .forEach((host, differences) ->
                                        sheet.put(HOST_DRIFT, differences.size(), name, host)));
        int members = spec.hosts(Role.ETCD).size();
        long serving = count(cluster, Role.ETCD, Watched.ETCD, Watched.ETCD_HEALTH);
        sheet.put(MEMBERS, members, name);
        sheet.put(MEMBERS_OK, serving, name);
        sheet.put(MEMBERS_SPARE, serving - (members / 2 + 1), name);
        sheet.put(SERVERS, spec.hosts(Role.CONTROL_PLANE).size(), name);
        sheet.put(
                SERVERS_OK,
                count(cluster, Role.CONTROL_PLANE, Watched.CONTROL_PLANE, Watched.READYZ),
                name);
        List<HostSpec> workers =
                spec.hosts(Role.WORKER).stream()
                        .filter(host -> !host.has(Role.CONTROL_PLANE))
                        .toList();
        sheet.put(WORKERS, workers.size(), name);
        sheet.put(WORKERS_OK, count(cluster, workers, Watched.WORKER, Watched.KUBELET), name);
        if (spec.endpoint().virtualIp().isPresent()) {
            sheet.put(VIRTUAL_IP_HOLDERS, holders(cluster), name);
        }
        operation(name);
        view.lastSnapshot(name)
                .ifPresent(last -> {
                    sheet.put(SNAPSHOT_TAKEN, last.at(), name);
                    sheet.put(SNAPSHOT_SIZE, last.sizeBytes(), name);
                });
    }

    private Optional<HostHealth> report(AcceptedCluster cluster, HostSpec host) {
        return cluster.bindings()
                .host(host.name())
                .map(hosts::get)
                .flatMap(view::freshReport)
                .map(Reported::health);
    }

    private long count(AcceptedCluster cluster, Role role, String profile, String probe) {
        return count(cluster, cluster.spec().cluster().hosts(role), profile, probe);
    }

    private long count(
            AcceptedCluster cluster, List<HostSpec> hosts, String profile, String probe) {
        return hosts.stream()
                .flatMap(host -> report(cluster, host).stream())
                .flatMap(health -> health.probe(profile, probe).stream())
                .filter(it -> it.standing() == Standing.OK)
                .count();
    }

    private long holders(AcceptedCluster cluster) {
        return cluster.spec().cluster().hosts(Role.LOAD_BALANCER).stream()
                .flatMap(host -> report(cluster, host).stream())
                .flatMap(health -> health.probe(Watched.LOAD_BALANCER, Watched.VIRTUAL_IP).stream())
                .map(WatchedProbe::details)
                .filter(details -> "true".equals(details.get("held")))
                .count();
    }

    private void operation(String cluster) {
        var newest = view.newestOperation(cluster);
        sheet.put(
                OPERATION_RUNNING,
                newest.filter(it -> it.state() == OperationState.RUNNING).isPresent(),
                cluster);
        newest.ifPresent(operation -> {
            sheet.put(OPERATION_STARTED, operation.startedAt(), cluster);
            sheet.put(
                    OPERATION_WAITS,
                    FOR_A_PERSON.contains(operation.state()),
                    cluster,
                    operation.state().name().toLowerCase(Locale.ROOT));
        });
    }
}
