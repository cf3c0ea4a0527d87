package io.davit.controller.metrics;

import io.davit.common.HostId;
import io.davit.controller.health.HealthReports.Reported;
import io.davit.controller.observe.ObservedHost;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/** What the pages are made from. */
public interface FleetView extends ClusterSource {

    /** All hosts that are not banned. */
    List<ObservedHost> hosts();

    /** A host's newest report, however old. */
    Optional<Reported> report(HostId host);

    /** What a host's agent said of itself as it connected. */
    Optional<String> agentVersion(HostId host);

    /** What the controller says of itself. */
    Controller controller();

    /**
     * @param certificateEnds of the one that the listeners show
     */
    record Controller(String version, long epoch, Instant certificateEnds) {}

    /** Its newest report, if it says how the host is now. */
    default Optional<Reported> freshReport(ObservedHost host) {
        return host.connected() ? report(host.hostId()).filter(Reported::fresh) : Optional.empty();
    }
}
