package io.davit.controller.serve;

import io.davit.controller.pki.ControllerNames;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.Optional;

/**
 * The controller's configuration.
 *
 * @param names by which agents and operators reach it; the first one stands in credentials
 * @param agents address of the agents' listener
 * @param enrolment address of the enrolment listener
 * @param operators address of the operators' listener
 * @param monitoring address of the listener for Prometheus
 * @param socket of root on this host; its directory belongs to the controller's user alone
 * @param state directory of state and artifacts
 * @param keyFile the key that seals secrets; a systemd credential of the same file name goes first
 * @param monitoringToken the file with the bearer token of that listener
 * @param k3sSource base URL or directory of k3s releases
 * @param etcdSource base URL or directory of etcd releases
 * @param k3sChannels URL of K3s' channel server; empty: it is not asked
 * @param k3sReleases URL of the list of K3s' releases; empty: it is not asked
 * @param enrolmentsPerSecond that one address may begin
 * @param connectionsPerAddress on each listener; at least the number of hosts behind one address
 * @param etcdSnapshots of a cluster that are kept; the oldest go beyond it
 */
public record ServerConfig(
        ControllerNames names,
        InetSocketAddress agents,
        InetSocketAddress enrolment,
        InetSocketAddress operators,
        InetSocketAddress monitoring,
        Path socket,
        Path state,
        Path keyFile,
        Path monitoringToken,
        String k3sSource,
        String etcdSource,
        Optional<String> k3sChannels,
        Optional<String> k3sReleases,
        int enrolmentsPerSecond,
        int connectionsPerAddress,
        int etcdSnapshots) {

    /** The agents' listener: mutual TLS. */
    public static final int AGENTS = 7443;

    /** The enrolment listener: TLS of the server alone. */
    public static final int ENROLMENT = 7444;

    /** The operators' listener: mutual TLS. */
    public static final int OPERATORS = 7445;

    /** The listener for Prometheus, on loopback unless the configuration says otherwise. */
    public static final int MONITORING = 7446;

    /** Where the configuration is looked for. */
    public static final Path DEFAULT_FILE = Path.of("/etc/davit/controller.yaml");

    /** Where the state is kept. */
    public static final Path DEFAULT_STATE = Path.of("/var/lib/davit/controller");

    /** Where root on the controller's host talks to it. */
    public static final Path DEFAULT_SOCKET = Path.of("/run/davit/admin.sock");

    /** Where the key that seals secrets is kept. */
    public static final Path DEFAULT_KEY_FILE = Path.of("/etc/davit/controller.key");

    /** Where the bearer token of monitoring is kept. */
    public static final Path DEFAULT_MONITORING_TOKEN = Path.of("/etc/davit/monitoring.token");

    /** Where K3s publishes its releases. */
    public static final String DEFAULT_K3S = "https://github.com/k3s-io/k3s/releases/download";

    /** Where etcd publishes its releases. */
    public static final String DEFAULT_ETCD = "https://github.com/etcd-io/etcd/releases/download";

    /** K3s' channel server. */
    public static final String DEFAULT_CHANNELS = "https://update.k3s.io/v1-release/channels";

    /** The list of K3s' releases. */
    public static final String DEFAULT_RELEASES =
            "https://api.github.com/repos/k3s-io/k3s/releases";

    static final int DEFAULT_ENROLMENTS_PER_SECOND = 1;
    static final int DEFAULT_CONNECTIONS_PER_ADDRESS = 10;
    static final int DEFAULT_ETCD_SNAPSHOTS = 10;
}
