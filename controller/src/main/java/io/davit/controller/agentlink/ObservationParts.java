package io.davit.controller.agentlink;

import com.google.protobuf.Message;
import io.davit.proto.agent.v1.Observation;
import io.davit.proto.agent.v1.ObservationReport;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.LongPredicate;

/**
 * Puts observations together that come in several messages, by request id. All that are begun and
 * not ended are bounded together, in bytes and in elements: an empty element takes two bytes of a
 * message, and far more of our memory.
 */
final class ObservationParts {

    private static final int MOST_BYTES = 1 << 20;
    private static final int MOST_ELEMENTS = 10_000;

    private final LongPredicate waits;
    private final Map<Long, Begun> begun = new HashMap<>();

    /**
     * @param waits whether somebody waits for the answer to this request
     */
    ObservationParts(LongPredicate waits) {
        this.waits = waits;
    }

    /** Says for the agent's log what is too much. */
    static final class TooMuchException extends Exception {

        private static final long serialVersionUID = 1L;

        TooMuchException(String what) {
            super("cannot take the observation: it has more than " + what);
        }
    }

    private static final class Begun {
        private final Observation.Builder whole = Observation.newBuilder();
        private long bytes;
        private long elements;
    }

    /** Adds a message; the whole observation if this was its last. */
    Optional<Observation> add(ObservationReport report) throws TooMuchException {
        begun.keySet().removeIf(old -> !isWanted(old));
        long id = report.getRequestId();
        if (!isWanted(id)) {
            return Optional.empty();
        }
        Observation part = report.getObservation();
        var into = begun.computeIfAbsent(id, _ -> new Begun());
        into.bytes += part.getSerializedSize();
        into.elements += elements(part);
        bound();
        into.whole.mergeFrom(part);
        if (!report.getDone()) {
            return Optional.empty();
        }
        begun.remove(id);
        return Optional.of(into.whole.build());
    }

    /** An answer that somebody waits for, or what the agent says by itself. */
    private boolean isWanted(long id) {
        return id == 0 || waits.test(id);
    }

    private void bound() throws TooMuchException {
        if (begun.values().stream().mapToLong(b -> b.bytes).sum() > MOST_BYTES) {
            throw new TooMuchException((MOST_BYTES >> 20) + " MiB");
        }
        if (begun.values().stream().mapToLong(b -> b.elements).sum() > MOST_ELEMENTS) {
            throw new TooMuchException(MOST_ELEMENTS + " elements");
        }
    }

    /** Of all lists and maps in it, at any depth. */
    private static long elements(Message message) {
        long count = 0;
        for (Object value : message.getAllFields().values()) {
            switch (value) {
                case Collection<?> list -> {
                    count += list.size();
                    for (Object element : list) {
                        count += element instanceof Message inner ? elements(inner) : 0;
                    }
                }
                case Message inner -> count += elements(inner);
                default -> {} // a single value
            }
        }
        return count;
    }
}
