package io.davit.controller.versions;

import io.davit.controller.release.K3sVersion;
import io.davit.controller.release.KnownReleases;
import io.davit.controller.store.ConflictException;
import io.davit.controller.store.Records;
import io.davit.controller.store.StateStore;
import io.davit.controller.store.Table;
import io.davit.controller.store.Transaction;
import java.io.IOException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.locks.ReentrantLock;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A source whose last answer is kept in the state, with its age.
 *
 * <ol>
 *   <li>An answer that is young enough is given without asking.
 *   <li>Else the source is asked, by one caller at a time, and its answer kept.
 *   <li>A source that fails is left alone for a minute; the old answer is given, with its age and
 *       with why there is no new one.
 * </ol>
 *
 * Written without an audit row: it is a memory, and a lost one is asked for again.
 */
final class RememberedSource {

    private static final Logger LOG = LoggerFactory.getLogger(RememberedSource.class);
    private static final Duration PAUSE = Duration.ofMinutes(1);
    private static final Table<Memory> TABLE = new Table<>("known-versions", Memory.class);

    private final Source source;
    private final String id;
    private final StateStore store;
    private final Clock clock;
    private final ReentrantLock asking = new ReentrantLock();
    private Optional<Failure> last = Optional.empty();

    /**
     * A source with a memory.
     *
     * @param id of its memory in the state
     */
    RememberedSource(Source source, String id, StateStore store, Clock clock) {
        this.source = source;
        this.id = id;
        this.store = store;
        this.clock = clock;
    }

    private record Failure(Instant at, String why) {}

    /** An answer as it is stored; of another place it counts for nothing. */
    record Memory(
            String place,
            Instant at,
            Map<String, String> channels,
            List<String> versions,
            List<String> preReleases) {

        static Memory of(String place, Instant at, KnownReleases known) {
            var channels = new TreeMap<String, String>();
            known.channels().forEach((name, version) -> channels.put(name, version.toString()));
            return new Memory(
                    place, at, channels, texts(known.versions()), texts(known.preReleases()));
        }

        private static List<String> texts(Collection<K3sVersion> versions) {
            return versions.stream().map(K3sVersion::toString).toList();
        }

        KnownReleases known() {
            var named = new TreeMap<String, K3sVersion>();
            channels.forEach((name, text) ->
                    K3sVersion.parse(text).ifPresent(version -> named.put(name, version)));
            return new KnownReleases(named, parsed(versions), parsed(preReleases));
        }

        private static TreeSet<K3sVersion> parsed(List<String> texts) {
            return texts.stream()
                    .flatMap(text -> K3sVersion.parse(text).stream())
                    .collect(Collectors.toCollection(TreeSet::new));
        }
    }

    Source source() {
        return source;
    }

    /** What is remembered, without asking anybody. */
    Optional<KnownReleases> remembered() {
        return memory().map(Memory::known);
    }

    /**
     * Its answer.
     *
     * @param young how old an answer may be without asking again
     */
    Answer answer(Duration young) throws InterruptedException {
        asking.lockInterruptibly();
        try {
            var now = clock.instant();
            var memory = memory();
            if (!source.near()
                    && memory.isPresent()
                    && memory.get().at().isAfter(now.minus(young))) {
                return answer(memory, Optional.empty());
            }
            if (!source.near() && last.isPresent() && last.get().at().isAfter(now.minus(PAUSE))) {
                return answer(memory, last.map(Failure::why));
            }
            try {
                var fresh = Memory.of(source.place(), now, source.ask());
                last = Optional.empty();
                if (!source.near()) {
                    keep(fresh);
                }
                return answer(Optional.of(fresh), Optional.empty());
            } catch (IOException e) {
                String why = String.valueOf(e.getMessage());
                LOG.warn("cannot ask the {}: {}", source.kind(), why);
                last = Optional.of(new Failure(now, why));
                return answer(memory, Optional.of(why));
            }
        } finally {
            asking.unlock();
        }
    }

    private Answer answer(Optional<Memory> memory, Optional<String> failure) {
        return new Answer(
                source.kind(),
                source.place(),
                memory.map(Memory::known),
                memory.map(Memory::at),
                failure);
    }

    private Optional<Memory> memory() {
        return new Records(store)
                .find(TABLE, id)
                .filter(memory -> memory.place().equals(source.place()));
    }

    private void keep(Memory memory) {
        var transaction = new Transaction(store);
        transaction.put(TABLE, id, memory);
        try {
            transaction.commit();
        } catch (ConflictException e) {
            LOG.debug("somebody else remembered another answer", e);
        }
    }
}
