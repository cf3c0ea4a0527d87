package io.davit.controller.flow;

import java.security.SecureRandom;
import java.time.Clock;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeParseException;
import java.time.temporal.ChronoUnit;
import java.util.Comparator;
import java.util.List;
import java.util.regex.Pattern;

/**
 * Names of operations, such as {@code 20261123-160501-k7qm}, which people can say. They sort as
 * they were given, also where the clock was set back: then they go on from the newest.
 */
public final class OperationIds {

    private static final String TIME_PATTERN = "yyyyMMdd-HHmmss";
    private static final DateTimeFormatter TIME = DateTimeFormatter.ofPattern(TIME_PATTERN);

    /** In the order of their codes. */
    private static final String LETTERS = "23456789abcdefghjkmnpqrstvwxyz";

    private static final int SOME_LETTERS = 4;
    private static final Pattern ID =
            Pattern.compile("\\d{8}-\\d{6}-[" + LETTERS + "]{" + SOME_LETTERS + "}");

    /** How many there are of a second. */
    private static final int ALL =
            LETTERS.length() * LETTERS.length() * LETTERS.length() * LETTERS.length();

    private static final int STEP = 30;

    private final Clock clock;
    private final SecureRandom random;
    private String newest;

    /**
     * @param given before, by whom ever; the newest of them counts
     */
    public OperationIds(Clock clock, SecureRandom random, List<String> given) {
        this.clock = clock;
        this.random = random;
        this.newest =
                given.stream()
                        .filter(id -> second(id).isAfter(Instant.MIN))
                        .max(Comparator.naturalOrder())
                        .orElse("");
    }

    /** Another one, later than all before it. */
    public synchronized String next() {
        var now = clock.instant().truncatedTo(ChronoUnit.SECONDS);
        var last = second(newest);
        int step = 1 + random.nextInt(STEP);
        if (now.isAfter(last)) {
            newest = id(now, random.nextInt(ALL / 2));
        } else if (number(newest) + step < ALL) {
            newest = id(last, number(newest) + step);
        } else {
            newest = id(last.plusSeconds(1), step);
        }
        return newest;
    }

    private static String id(Instant second, int number) {
        var letters = new StringBuilder();
        for (int rest = number; letters.length() < SOME_LETTERS; rest /= LETTERS.length()) {
            letters.append(LETTERS.charAt(rest % LETTERS.length()));
        }
        return TIME.format(second.atZone(ZoneOffset.UTC)) + "-" + letters.reverse();
    }

    private static int number(String id) {
        return id.chars()
                .skip(TIME_PATTERN.length() + 1)
                .reduce(0, (number, it) -> number * LETTERS.length() + LETTERS.indexOf(it));
    }

    /** Long ago, where it is no id. */
    private static Instant second(String id) {
        if (!ID.matcher(id).matches()) {
            return Instant.MIN;
        }
        try {
            return LocalDateTime.parse(id.substring(0, TIME_PATTERN.length()), TIME)
                    .toInstant(ZoneOffset.UTC);
        } catch (DateTimeParseException e) {
            return Instant.MIN;
        }
    }
}
