package io.davit.controller.versions;

import io.davit.controller.release.KnownReleases;
import java.util.Map;

/** Releases that came in bundles. */
final class BundledReleases implements Source {

    private final Brought brought;

    BundledReleases(Brought brought) {
        this.brought = brought;
    }

    @Override
    public String kind() {
        return "bundles";
    }

    @Override
    public String place() {
        return "imported here";
    }

    @Override
    public boolean tellsAll() {
        return false;
    }

    @Override
    public boolean near() {
        return true;
    }

    @Override
    public KnownReleases ask() {
        return KnownReleases.of(Map.of(), brought.k3s());
    }
}
