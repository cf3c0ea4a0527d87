package io.davit.controller.upgrade;

import io.davit.common.HostId;
import io.davit.controller.health.EventLog;
import io.davit.controller.upgrade.HostUpgrade.State;
import java.util.List;
import java.util.TreeMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The hosts of one upgrade in their order, as they are stored. */
final class UpgradeHosts {

    private static final Logger LOG = LoggerFactory.getLogger(UpgradeHosts.class);

    private final String upgrade;
    private final UpgradeStore store;
    private final EventLog events;
    private final TreeMap<Integer, HostUpgrade> byPlace = new TreeMap<>();

    UpgradeHosts(String upgrade, UpgradeStore store, EventLog events) {
        this.upgrade = upgrade;
        this.store = store;
        this.events = events;
        store.hosts(upgrade).forEach(host -> byPlace.put(host.place(), host));
    }

    /** All of them, as they are now. */
    List<HostUpgrade> all() {
        return List.copyOf(byPlace.values());
    }

    List<HostUpgrade> in(State state) {
        return byPlace.values().stream().filter(host -> host.state() == state).toList();
    }

    /** A host as it is now. */
    HostUpgrade now(HostUpgrade host) {
        return byPlace.getOrDefault(host.place(), host);
    }

    void save(HostUpgrade host) {
        byPlace.put(host.place(), host);
        store.save(upgrade, host);
    }

    /** Ends a host's part, and tells whoever reads the events of it. */
    void end(HostUpgrade ended, String text) {
        save(ended);
        LOG.info("{}: {}", ended.shown(), text);
        events.add(new HostId(ended.hostId()), EventLog.Kind.AGENT, "", text);
    }
}
