package io.davit.controller.flow;

import java.security.SecureRandom;
import java.time.Clock;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;

/**
 * Names of operations, such as {@code 20261123-160501-k7qm}: they sort by time, and people can say
 * them.
 */
public final class OperationIds {

    private static final DateTimeFormatter TIME =
            DateTimeFormatter.ofPattern("yyyyMMdd-HHmmss").withZone(ZoneOffset.UTC);
    private static final String LETTERS = "abcdefghjkmnpqrstvwxyz23456789";
    private static final int RANDOM_LETTERS = 4;

    private final Clock clock;
    private final SecureRandom random;

    public OperationIds(Clock clock, SecureRandom random) {
        this.clock = clock;
        this.random = random;
    }

    /** Another one, later than all before it. */
    public String next() {
        var id = new StringBuilder(TIME.format(clock.instant())).append('-');
        for (int i = 0; i < RANDOM_LETTERS; i++) {
            id.append(LETTERS.charAt(random.nextInt(LETTERS.length())));
        }
        return id.toString();
    }
}
