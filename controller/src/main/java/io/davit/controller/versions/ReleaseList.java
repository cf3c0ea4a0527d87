package io.davit.controller.versions;

import io.davit.controller.release.KnownReleases;
import io.davit.controller.release.ReleaseAnswers;
import io.davit.controller.release.ReleaseAnswers.BadAnswerException;
import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import java.util.HashSet;
import java.util.Optional;

/**
 * The list of K3s' releases, in the form of GitHub's API: pages that name the next one in their
 * {@code Link} header. A list that is longer than the bounds is refused as a whole: half a list
 * would call the other half unpublished.
 *
 * @see <a href="https://docs.github.com/en/rest/releases/releases#list-releases">its
 *     documentation</a>
 */
final class ReleaseList implements Source {

    private final URI place;
    private final Web web;
    private final int mostPages;
    private final Duration deadline;
    private final ReleaseAnswers answers = new ReleaseAnswers();

    /**
     * A list.
     *
     * @param deadline for all its pages together
     */
    ReleaseList(String place, Web web, int mostPages, Duration deadline) {
        this.place = URI.create(place);
        this.web = web;
        this.mostPages = mostPages;
        this.deadline = deadline;
    }

    @Override
    public String kind() {
        return "list of releases";
    }

    @Override
    public String place() {
        return place.toString();
    }

    @Override
    public boolean tellsAll() {
        return true;
    }

    @Override
    public KnownReleases ask() throws IOException, InterruptedException {
        var found = KnownReleases.NONE;
        var seen = new HashSet<URI>();
        var next = Optional.of(first());
        long until = System.nanoTime() + deadline.toNanos();
        while (next.isPresent()) {
            URI page = next.get();
            if (!seen.add(page) || seen.size() > mostPages) {
                throw new IOException(place + ": it has more than " + mostPages + " pages");
            }
            if (System.nanoTime() - until > 0) {
                throw new IOException(
                        place + ": its pages take longer than " + deadline.toSeconds() + " s");
            }
            var answer = web.get(page);
            try {
                found = found.and(answers.page(answer.text()));
            } catch (BadAnswerException e) {
                throw new IOException(page + ": " + e.getMessage(), e);
            }
            next = answer.next();
        }
        if (found.versions().isEmpty()) {
            throw new IOException(place + ": there is no K3s release in it");
        }
        return found;
    }

    /** As many to a page as the API allows. */
    private URI first() {
        return place.getRawQuery() == null ? URI.create(place + "?per_page=100") : place;
    }
}
