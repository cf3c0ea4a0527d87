package io.davit.controller.audit;

import io.davit.controller.store.Reads;
import io.davit.controller.store.Records;
import java.util.List;

/** The audit rows, for reading. */
public final class AuditTrail {

    private final Records records;

    public AuditTrail(Records records) {
        this.records = records;
    }

    /** The newest, in no order that counts. */
    public List<AuditRow> newest(int limit) {
        return records.newest(AuditChain.ROWS, limit).stream().map(Reads.Row::value).toList();
    }
}
