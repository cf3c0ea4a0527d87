package io.davit.controller.upgrade;

import io.davit.controller.audit.Actor;
import io.davit.controller.audit.Change;
import io.davit.controller.audit.Changes;
import io.davit.controller.store.ConflictException;
import io.davit.controller.store.Reads.Row;
import io.davit.controller.store.Records;
import io.davit.controller.store.StateStore;
import io.davit.controller.store.Transaction;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * Upgrades and how far their hosts came. The state of an upgrade is a change like any other, with
 * an audit row; where its hosts are is a protocol beside it, without one.
 */
final class UpgradeStore {

    private static final int ATTEMPTS = 16;
    private static final int REMEMBERED = 10;

    private final Changes changes;
    private final StateStore store;
    private final Records records;

    UpgradeStore(Changes changes, StateStore store) {
        this.changes = changes;
        this.store = store;
        this.records = new Records(store);
    }

    Optional<UpgradeRecord> newest() {
        return records.newest(UpgradeRecord.TABLE, 1).stream().map(Row::value).findFirst();
    }

    Optional<UpgradeRecord> running() {
        return UpgradeRecord.running(records);
    }

    List<HostUpgrade> hosts(String upgrade) {
        return records.below(HostUpgrade.TABLE, upgrade).stream().map(Row::value).toList();
    }

    /**
     * Begins one, if none runs.
     *
     * @return the one that runs instead
     */
    Optional<UpgradeRecord> begin(Actor actor, UpgradeRecord upgrade, List<HostUpgrade> hosts) {
        return changes.make(
                new Change(
                        actor,
                        "davit.operator.v1.Agents/Upgrade",
                        "agents-upgrade/" + upgrade.id(),
                        upgrade.version() + " " + hosts.stream().map(HostUpgrade::hostId).toList()),
                transaction -> {
                    var other = UpgradeRecord.running(transaction);
                    if (other.isEmpty()) {
                        forgetOld(transaction);
                        transaction.put(UpgradeRecord.TABLE, upgrade.id(), upgrade);
                        hosts.forEach(host -> put(transaction, upgrade.id(), host));
                    }
                    return other;
                });
    }

    private static void forgetOld(Transaction transaction) {
        transaction.all(UpgradeRecord.TABLE).reversed().stream()
                .skip(REMEMBERED)
                .forEach(old -> {
                    transaction
                            .below(HostUpgrade.TABLE, old.id())
                            .forEach(host -> transaction.remove(HostUpgrade.TABLE, host.id()));
                    transaction.remove(UpgradeRecord.TABLE, old.id());
                });
    }

    /** The upgrade is in another state. */
    void save(Actor actor, UpgradeRecord upgrade) {
        changes.make(
                new Change(
                        actor,
                        "agents-upgrade." + upgrade.state().name().toLowerCase(Locale.ROOT),
                        "agents-upgrade/" + upgrade.id(),
                        ""),
                transaction -> {
                    transaction.put(UpgradeRecord.TABLE, upgrade.id(), upgrade);
                    return upgrade;
                });
    }

    /** A host is somewhere else. */
    void save(String upgrade, HostUpgrade host) {
        for (int attempt = 1; ; attempt++) {
            var transaction = new Transaction(store);
            put(transaction, upgrade, host);
            try {
                transaction.commit();
                return;
            } catch (ConflictException e) {
                if (attempt == ATTEMPTS) {
                    throw new IllegalStateException(
                            "cannot write the hosts of an upgrade: they changed meanwhile", e);
                }
            }
        }
    }

    private static void put(Transaction transaction, String upgrade, HostUpgrade host) {
        transaction.put(
                HostUpgrade.TABLE, upgrade + "/" + String.format("%05d", host.place()), host);
    }
}
