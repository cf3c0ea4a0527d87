package io.davit.controller.serve;

import io.davit.common.HostId;
import io.davit.controller.access.OperatorRecord;
import io.davit.controller.access.Standings;
import io.davit.controller.backup.Strangers;
import io.davit.controller.enroll.HostRecord;
import io.davit.controller.store.Records;
import java.util.Optional;

/** Standings as they are committed now: nothing is remembered between two calls. */
final class StoredStandings implements Standings {

    private final Records records;
    private final Strangers strangers;

    StoredStandings(Records records, Strangers strangers) {
        this.records = records;
        this.strangers = strangers;
    }

    @Override
    public Standing ofHost(HostId id, String serial) {
        Standing standing = stored(id, serial);
        if (standing instanceof Refused refused) {
            strangers.came(id, refused.why());
        }
        return standing;
    }

    private Standing stored(HostId id, String serial) {
        Optional<HostRecord> host = records.find(HostRecord.TABLE, id.value());
        if (host.isEmpty()) {
            return new Refused("host " + id + " is not known here");
        }
        boolean serialIsRight =
                host.get().activeSerial().equals(Optional.of(serial))
                        || host.get().pendingSerial().equals(Optional.of(serial));
        if (!host.get().state().mayConnect() || !serialIsRight) {
            return new Refused(
                    "host "
                            + id
                            + " is "
                            + host.get().state().text()
                            + ", or this is not its certificate");
        }
        return new AcceptedHost();
    }

    @Override
    public Standing ofOperator(String name, String serial) {
        Optional<OperatorRecord> operator =
                name.isEmpty() ? Optional.empty() : records.find(OperatorRecord.TABLE, name);
        return operator.filter(found -> found.serials().contains(serial))
                .<Standing>map(found -> new AcceptedOperator(found.access()))
                .orElseGet(() ->
                        new Refused(
                                "operator "
                                        + name
                                        + " is not known here, or this is not their"
                                        + " certificate"));
    }
}
