package io.davit.controller.spec;

import io.davit.controller.release.EtcdVersion;
import io.davit.controller.release.K3sVersion;
import java.util.List;
import java.util.Optional;

/**
 * Answers what a spec cannot know by itself: the versions it leaves out, and whether one that it
 * names is published. The same question has the same answer while one file is read.
 */
public interface DefaultVersions {

    /** Knows nothing: for a file that names its versions. */
    DefaultVersions NONE = new NoDefaultVersions();

    /** A version that somebody chose, or why nobody could. */
    sealed interface Choice<V> {}

    /**
     * This one.
     *
     * @param note why this one: "newest stable on 2026-11-23"
     */
    record Chosen<V>(V version, String note) implements Choice<V> {}

    /** None can be chosen. */
    record NotChosen<V>(String why) implements Choice<V> {}

    /** Whether a version is published. */
    sealed interface Publication {}

    /** It is. */
    record Published() implements Publication {}

    /**
     * It is not.
     *
     * @param nearest published ones, nearest first
     */
    record NotPublished(String place, List<K3sVersion> nearest) implements Publication {

        public NotPublished {
            nearest = List.copyOf(nearest);
        }
    }

    /** Nobody knows; where it is fetched, it will show. */
    record CannotTell(String why) implements Publication {}

    /** The K3s version of a cluster whose spec names none. */
    Choice<K3sVersion> k3s(String cluster);

    /** The etcd version of a cluster whose spec names none. */
    Choice<EtcdVersion> etcd(String cluster, K3sVersion k3s);

    /** Whether a version that a spec names is published. */
    Publication publication(String cluster, K3sVersion version);

    /** What a person should know of an etcd version. */
    Optional<String> warning(EtcdVersion version);
}
