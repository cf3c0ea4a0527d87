package io.davit.controller.versions;

import io.davit.controller.release.KnownReleases;
import io.davit.controller.release.ReleaseAnswers;
import io.davit.controller.release.ReleaseAnswers.BadAnswerException;
import java.io.IOException;
import java.net.URI;

/**
 * K3s' channel server: which release each channel points at.
 *
 * @see <a href="https://docs.k3s.io/upgrades/manual#release-channels">K3s' release channels</a>
 */
final class ChannelServer implements Source {

    private final URI place;
    private final Web web;
    private final ReleaseAnswers answers = new ReleaseAnswers();

    ChannelServer(String place, Web web) {
        this.place = URI.create(place);
        this.web = web;
    }

    @Override
    public String kind() {
        return "channel server";
    }

    @Override
    public String place() {
        return place.toString();
    }

    @Override
    public boolean tellsAll() {
        return false;
    }

    @Override
    public KnownReleases ask() throws IOException, InterruptedException {
        try {
            return answers.channels(web.get(place).text());
        } catch (BadAnswerException e) {
            throw new IOException(place + ": " + e.getMessage(), e);
        }
    }
}
