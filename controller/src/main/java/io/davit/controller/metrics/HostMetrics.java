package io.davit.controller.metrics;

import io.davit.controller.health.HealthReports.Reported;
import io.davit.controller.health.HostHealth;
import io.davit.controller.health.Watched;
import io.davit.controller.health.WatchedProbe;
import io.davit.controller.health.WatchedProbe.Standing;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;

/** One host's page, from its newest report. */
final class HostMetrics {

    static final Metric ROLE_OK =
            Metric.of(
                    "davit_host_role_ok",
                    "Whether every watched probe of the role is ok: 1 or 0. Absent until all were"
                            + " read often enough to tell.",
                    "role");
    static final Metric PROBE_OK =
            Metric.of(
                    "davit_host_probe_ok",
                    "Whether the probe is ok: 0 after two failures in a row, 1 after one success.",
                    "role",
                    "probe");
    static final Metric PROBE_CHANGED =
            Metric.of(
                    "davit_host_probe_changed_timestamp_seconds",
                    "Since when the probe stands so, in seconds since 1970.",
                    "role",
                    "probe");
    static final Metric ETCD_HAS_LEADER =
            Metric.of(
                    "davit_host_etcd_has_leader", "Whether the etcd member has a leader: 1 or 0.");
    static final Metric ETCD_LEADER =
            Metric.of("davit_host_etcd_leader", "Whether the etcd member leads: 1 or 0.");
    static final Metric ETCD_BYTES =
            Metric.of("davit_host_etcd_database_bytes", "Size of the etcd member's database.");
    static final Metric ETCD_IN_USE =
            Metric.of(
                    "davit_host_etcd_database_in_use_bytes",
                    "What of the database is in use; the rest comes back by defragmenting it.");
    static final Metric ETCD_QUOTA =
            Metric.of(
                    "davit_host_etcd_database_quota_bytes",
                    "Size at which etcd takes no more writes (alarm NOSPACE).");
    static final Metric BACKEND_UP =
            Metric.of(
                    "davit_host_backend_up",
                    "Whether the load balancer finds this API server up: 1 or 0.",
                    "server");
    static final Metric VIRTUAL_IP =
            Metric.of(
                    "davit_host_virtual_ip_held",
                    "Whether the host has the virtual IP on an interface: 1 or 0.",
                    "address");
    static final Metric NODE_READY =
            Metric.of(
                    "davit_host_node_ready",
                    "Whether the node is Ready, as this server's API has it: 1 or 0.",
                    "node");
    static final Metric DISK_SIZE =
            Metric.of(
                    "davit_host_filesystem_size_bytes",
                    "Size of the file system below the directory.",
                    "directory");
    static final Metric DISK_FREE =
            Metric.of(
                    "davit_host_filesystem_free_bytes",
                    "What programs without privileges can still write there.",
                    "directory");
    static final Metric MEMORY = Metric.of("davit_host_memory_size_bytes", "Memory of the host.");
    static final Metric MEMORY_AVAILABLE =
            Metric.of(
                    "davit_host_memory_available_bytes",
                    "Memory that programs can still get without swapping.");
    static final Metric CLOCK =
            Metric.of(
                    "davit_host_clock_offset_seconds",
                    "The host's clock minus the controller's, by its heartbeats.");
    static final Metric CERTIFICATE =
            Metric.of(
                    "davit_host_certificate_not_after_timestamp_seconds",
                    "Until when the certificate in the slot is valid, in seconds since 1970.",
                    "role",
                    "slot");
    static final Metric REPORT_AGE =
            Metric.of(
                    "davit_host_report_age_seconds",
                    "Age of the report that these numbers are of.");

    /** In the order in which they are documented. */
    static final List<Metric> ALL =
            List.of(
                    ROLE_OK,
                    PROBE_OK,
                    PROBE_CHANGED,
                    ETCD_HAS_LEADER,
                    ETCD_LEADER,
                    ETCD_BYTES,
                    ETCD_IN_USE,
                    ETCD_QUOTA,
                    BACKEND_UP,
                    VIRTUAL_IP,
                    NODE_READY,
                    DISK_SIZE,
                    DISK_FREE,
                    MEMORY,
                    MEMORY_AVAILABLE,
                    CLOCK,
                    CERTIFICATE,
                    REPORT_AGE);

    private final Sheet sheet = new Sheet();

    private HostMetrics() {}

    static String page(Reported report, Duration clockOffset, Instant now) {
        var metrics = new HostMetrics();
        HostHealth health = report.health();
        Instant reportedAt = now.minus(report.age());
        health.roles().forEach((role, probes) -> metrics.role(role, probes, reportedAt));
        metrics.etcd(health);
        metrics.balancer(health);
        health.probe(Watched.CONTROL_PLANE, Watched.NODES)
                .filter(probe -> !probe.failed())
                .ifPresent(probe -> metrics.nodes(probe.details()));
        metrics.machine(health);
        metrics.sheet
                .put(CLOCK, clockOffset.toMillis() / 1000.0)
                .put(REPORT_AGE, report.age().toMillis() / 1000.0);
        return metrics.sheet.text();
    }

    private void role(String role, List<WatchedProbe> probes, Instant reportedAt) {
        boolean known = true;
        boolean ok = true;
        for (WatchedProbe probe : probes) {
            known &= probe.standing() != Standing.UNKNOWN;
            ok &= !probe.failed();
            if (probe.standing() != Standing.UNKNOWN) {
                sheet.put(PROBE_OK, !probe.failed(), role, probe.name());
                sheet.put(PROBE_CHANGED, reportedAt.minus(probe.since()), role, probe.name());
            }
        }
        if (known || !ok) {
            sheet.put(ROLE_OK, ok, role);
        }
    }

    private void etcd(HostHealth health) {
        health.probe(Watched.ETCD, Watched.ETCD_NUMBERS)
                .map(WatchedProbe::details)
                .filter(details -> details.containsKey("has-leader"))
                .ifPresent(details -> {
                    sheet.put(ETCD_HAS_LEADER, "true".equals(details.get("has-leader")));
                    sheet.put(ETCD_LEADER, "true".equals(details.get("leader")));
                    bytes(ETCD_BYTES, details.getOrDefault("db-bytes", ""));
                    bytes(ETCD_IN_USE, details.getOrDefault("db-in-use-bytes", ""));
                    bytes(ETCD_QUOTA, details.getOrDefault("db-quota-bytes", ""));
                });
    }

    private void bytes(Metric metric, String number) {
        if (number.matches("[0-9]{1,18}")) {
            sheet.put(metric, Long.parseLong(number));
        }
    }

    private void balancer(HostHealth health) {
        health.probe(Watched.LOAD_BALANCER, Watched.BACKENDS)
                .ifPresent(probe ->
                        probe.details()
                                .forEach((server, status) ->
                                        sheet.put(BACKEND_UP, status.startsWith("UP"), server)));
        health.probe(Watched.LOAD_BALANCER, Watched.VIRTUAL_IP)
                .map(WatchedProbe::details)
                .filter(details -> details.containsKey("held"))
                .ifPresent(details ->
                        sheet.put(
                                VIRTUAL_IP,
                                "true".equals(details.get("held")),
                                details.getOrDefault("address", "")));
    }

    private void nodes(Map<String, String> nodes) {
        nodes.forEach((node, standing) -> sheet.put(NODE_READY, standing.equals("Ready"), node));
    }

    private void machine(HostHealth health) {
        for (HostHealth.FileSystem disk : health.fileSystems()) {
            sheet.put(DISK_SIZE, disk.sizeBytes(), disk.directory());
            sheet.put(DISK_FREE, disk.freeBytes(), disk.directory());
        }
        if (health.memoryBytes() > 0) {
            sheet.put(MEMORY, health.memoryBytes());
            sheet.put(MEMORY_AVAILABLE, health.memoryAvailableBytes());
        }
        for (HostHealth.CertificateLife life : health.certificates()) {
            sheet.put(CERTIFICATE, life.notAfter(), life.role(), life.slot());
        }
    }
}
