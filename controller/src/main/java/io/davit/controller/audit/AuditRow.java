package io.davit.controller.audit;

import java.time.Instant;

/**
 * One row of the chain.
 *
 * @param seq counts from 1 without a gap
 * @param ts when, by the controller's clock
 * @param argsDigest SHA-256 of the arguments, lower-case hex
 * @param result "ok", or why it was denied; "denied (12 times)" where several were folded into one
 * @param prev mac of the row before; 64 zeros in the first
 * @param mac HMAC-SHA-256 over prev and all fields above, lower-case hex
 */
public record AuditRow(
        long seq,
        Instant ts,
        String actor,
        String access,
        String ip,
        String method,
        String target,
        String argsDigest,
        String result,
        String prev,
        String mac) {

    static final String FIRST_PREV = "0".repeat(64);

    /** What the mac covers; each field with its length, so that no two rows read alike. */
    String covered() {
        var text = new StringBuilder();
        for (String field :
                new String[] {
                    prev,
                    Long.toString(seq),
                    ts.toString(),
                    actor,
                    access,
                    ip,
                    method,
                    target,
                    argsDigest,
                    result
                }) {
            text.append(field.length()).append(':').append(field).append('\n');
        }
        return text.toString();
    }

    AuditRow withMac(String value) {
        return new AuditRow(
                seq, ts, actor, access, ip, method, target, argsDigest, result, prev, value);
    }
}
