package io.davit.controller.versions;

import io.davit.controller.release.K3sVersion;
import io.davit.controller.release.KnownReleases;
import io.davit.controller.spec.DefaultVersions.CannotTell;
import io.davit.controller.spec.DefaultVersions.Choice;
import io.davit.controller.spec.DefaultVersions.Chosen;
import io.davit.controller.spec.DefaultVersions.NotChosen;
import io.davit.controller.spec.DefaultVersions.NotPublished;
import io.davit.controller.spec.DefaultVersions.Publication;
import io.davit.controller.spec.DefaultVersions.Published;
import io.davit.controller.store.StateStore;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * Which K3s releases there are, from whoever tells: the channel server, then the list of releases,
 * then what they said before, with its age. A site with a directory of its own asks nobody else,
 * and one with a mirror asks only whom its configuration names. What came in bundles can be had
 * without asking anybody; it is the choice where nobody else has ever answered.
 */
public final class K3sReleases {

    /** How old an answer may be before its source is asked again. */
    static final Duration YOUNG = Duration.ofHours(1);

    /** A version is called unpublished only by an answer this young: releases appear. */
    static final Duration YOUNG_TO_REFUSE = Duration.ofMinutes(10);

    private static final Duration ANSWER = Duration.ofSeconds(20);
    private static final Duration ALL_PAGES = Duration.ofSeconds(90);
    private static final int MOST_BYTES = 16 << 20;
    private static final int MOST_PAGES = 40;

    private final List<RememberedSource> sources;
    private final Optional<RememberedSource> bundles;
    private final Clock clock;

    /**
     * Asks these sources, in this order.
     *
     * @param clock for the age of answers
     */
    K3sReleases(List<RememberedSource> sources, Clock clock) {
        this(sources, Optional.empty(), clock);
    }

    private K3sReleases(
            List<RememberedSource> sources, Optional<RememberedSource> bundles, Clock clock) {
        this.sources = List.copyOf(sources);
        this.bundles = bundles;
        this.clock = clock;
    }

    /** What came in bundles; unknown where nothing came. */
    private Optional<Answer> bundles() throws InterruptedException {
        if (bundles.isEmpty()) {
            return Optional.empty();
        }
        return Optional.of(bundles.get().answer(YOUNG))
                .filter(answer -> answer.known().flatMap(KnownReleases::any).isPresent());
    }

    private boolean nobodyEverAnswered() {
        return sources.stream().allMatch(s -> !s.source().near() && s.remembered().isEmpty());
    }

    /**
     * The sources of a configuration.
     *
     * @param artifacts base URL or absolute directory of the releases themselves
     * @param channels URL of the channel server's list; empty: it is not asked
     * @param releases URL of the list of releases; empty: it is not asked
     */
    public static K3sReleases of(
            String artifacts,
            Optional<String> channels,
            Optional<String> releases,
            StateStore store,
            Clock clock) {
        return of(artifacts, channels, releases, Brought.NOTHING, store, clock);
    }

    /**
     * The same where bundles may have brought some.
     *
     * @param brought what came in bundles
     */
    public static K3sReleases of(
            String artifacts,
            Optional<String> channels,
            Optional<String> releases,
            Brought brought,
            StateStore store,
            Clock clock) {
        var web = new Web(ANSWER, MOST_BYTES);
        var sources = new ArrayList<RememberedSource>();
        if (artifacts.startsWith("/")) {
            var directory = new ReleaseDirectory(Path.of(artifacts));
            sources.add(new RememberedSource(directory, "directory", store, clock));
        } else {
            channels.map(place -> new ChannelServer(place, web))
                    .map(source -> new RememberedSource(source, "channels", store, clock))
                    .ifPresent(sources::add);
            releases.map(place -> new ReleaseList(place, web, MOST_PAGES, ALL_PAGES))
                    .map(source -> new RememberedSource(source, "releases", store, clock))
                    .ifPresent(sources::add);
        }
        var bundles = new RememberedSource(new BundledReleases(brought), "bundles", store, clock);
        return new K3sReleases(sources, Optional.of(bundles), clock);
    }

    /**
     * The newest stable release: the first answer that is young enough counts, and where there is
     * none, the first old one.
     */
    public Choice<K3sVersion> stable() throws InterruptedException {
        var brought = bundles().flatMap(K3sReleases::best);
        if (brought.isPresent() && nobodyEverAnswered()) {
            return brought.get();
        }
        var answers = new ArrayList<Answer>();
        for (RememberedSource source : sources) {
            var answer = source.answer(YOUNG);
            var best = answer.fresh() ? best(answer) : Optional.<Chosen<K3sVersion>>empty();
            if (best.isPresent()) {
                return best.get();
            }
            answers.add(answer);
        }
        return answers.stream()
                .flatMap(answer -> best(answer).stream())
                .<Choice<K3sVersion>>map(chosen -> chosen)
                .findFirst()
                .or(() -> brought)
                .orElseGet(() -> new NotChosen<>(why(answers)));
    }

    private static Optional<Chosen<K3sVersion>> best(Answer answer) {
        var known = answer.known().orElse(KnownReleases.NONE);
        String day = "on " + LocalDate.ofInstant(answer.at().orElse(Instant.EPOCH), ZoneOffset.UTC);
        String away = answer.failure().map(why -> "; nothing newer is known: " + why).orElse("");
        String where = "newest in the %s %s ".formatted(answer.kind(), answer.place());
        return known.stable()
                .map(version -> new Chosen<>(version, "newest stable " + day + away))
                .or(() -> known.newest().map(version -> new Chosen<>(version, where + day + away)));
    }

    private static String why(List<Answer> answers) {
        if (answers.isEmpty()) {
            return "artifacts.k3s is a mirror, and nobody is named who tells versions"
                    + " (artifacts.k3s-channels in the controller's configuration)";
        }
        return answers.stream()
                .map(answer -> answer.failure().orElse("no K3s release is in " + answer.place()))
                .collect(Collectors.joining("; "));
    }

    /** Whether this version can be had, as far as the sources tell. */
    public Publication published(K3sVersion version) throws InterruptedException {
        if (sources.stream()
                .filter(source -> !source.source().near())
                .anyMatch(s -> s.remembered().filter(known -> known.has(version)).isPresent())) {
            return new Published(); // what was published once is not taken back
        }
        var brought = bundles();
        if (brought.flatMap(Answer::known).filter(known -> known.has(version)).isPresent()) {
            return new Published();
        }
        var answers = new ArrayList<Answer>();
        var whole = Optional.<Answer>empty();
        for (RememberedSource source : sources) {
            var answer = source.answer(YOUNG_TO_REFUSE);
            if (answer.known().filter(known -> known.has(version)).isPresent()) {
                return new Published();
            }
            if (answer.fresh() && source.source().tellsAll()) {
                whole = Optional.of(answer);
            }
            answers.add(answer);
        }
        return whole.<Publication>map(answer ->
                        new NotPublished(answer.place(), known(answers).nearest(version, 3)))
                .orElseGet(() -> new CannotTell(why(answers)));
    }

    /**
     * All that is known now.
     *
     * @param answers by whom, in the order in which they are believed
     */
    public record Overview(KnownReleases known, List<Answer> answers) {

        public Overview {
            answers = List.copyOf(answers);
        }
    }

    /** For people: what there is, and who says so since when. */
    public Overview overview() throws InterruptedException {
        var answers = new ArrayList<Answer>();
        for (RememberedSource source : sources) {
            answers.add(source.answer(YOUNG));
        }
        bundles().ifPresent(answers::add);
        return new Overview(known(answers), answers);
    }

    /** The time by which ages count. */
    public Instant now() {
        return clock.instant();
    }

    private static KnownReleases known(List<Answer> answers) {
        var known = KnownReleases.NONE;
        for (Answer answer : answers) {
            known = known.and(answer.known().orElse(KnownReleases.NONE));
        }
        return known;
    }
}
