package io.davit.controller.audit;

import io.davit.common.Digests;
import io.davit.common.Secret;
import io.davit.controller.store.Reads;
import io.davit.controller.store.Table;
import io.davit.controller.store.Transaction;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * The chain of audit rows: each row's mac covers the one before, so that a row that was changed,
 * moved or taken out shows, and the head tells how many there must be.
 */
public final class AuditChain {

    static final Table<AuditRow> ROWS = new Table<>("audit", AuditRow.class);
    private static final Table<Head> HEAD = new Table<>("audit-head", Head.class);

    private final Secret key;
    private final Clock clock;

    /** A chain under this key. */
    public AuditChain(Secret key, Clock clock) {
        this.key = key;
        this.clock = clock;
    }

    /** The end of the chain, for checking that nothing was cut off. */
    public record Head(long seq, String mac) {}

    void append(Transaction transaction, Change change, String result) {
        Head head = transaction.find(HEAD, "head").orElse(new Head(0, AuditRow.FIRST_PREV));
        AuditRow open =
                new AuditRow(
                        head.seq() + 1,
                        clock.instant().truncatedTo(ChronoUnit.MILLIS),
                        change.actor().name(),
                        change.actor().access(),
                        change.actor().ip(),
                        change.method(),
                        change.target(),
                        Digests.sha256Hex(change.arguments()),
                        result,
                        head.mac(),
                        "");
        AuditRow row = open.withMac(mac(open));
        transaction.put(ROWS, id(row.seq()), row);
        transaction.put(HEAD, "head", new Head(row.seq(), row.mac()));
    }

    /** The newest rows, newest first. */
    public static List<AuditRow> newest(Reads reads, int limit) {
        return reads.newest(ROWS, limit).stream().map(Reads.Row::value).toList();
    }

    /**
     * Checks the whole chain.
     *
     * @return what is wrong with the first bad row; empty if the chain is whole
     */
    public Optional<String> verify(Reads reads) {
        Head head = reads.find(HEAD, "head").orElse(new Head(0, AuditRow.FIRST_PREV));
        String prev = AuditRow.FIRST_PREV;
        long seq = 0;
        for (Reads.Row<AuditRow> found : reads.all(ROWS)) {
            AuditRow row = found.value();
            seq++;
            if (row.seq() != seq || !found.id().equals(id(seq))) {
                return Optional.of("audit row " + seq + " is missing");
            }
            if (!row.prev().equals(prev) || !row.mac().equals(mac(row))) {
                return Optional.of("audit row " + seq + " was changed");
            }
            prev = row.mac();
        }
        if (head.seq() != seq || !head.mac().equals(prev)) {
            return Optional.of(
                    "audit rows behind %d are missing: the head says %d"
                            .formatted(seq, head.seq()));
        }
        return Optional.empty();
    }

    private String mac(AuditRow row) {
        return Digests.hmacHex(key, row.covered().getBytes(StandardCharsets.UTF_8));
    }

    private static String id(long seq) {
        return String.format(Locale.ROOT, "%015d", seq);
    }
}
