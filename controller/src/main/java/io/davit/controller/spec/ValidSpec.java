package io.davit.controller.spec;

import io.davit.controller.spec.ClusterSpec.HostSpec;
import java.util.List;

/**
 * A spec that was read without any problem. Only {@link SpecReader} makes one.
 *
 * @param generation counts from 1; the one that it would become when it is accepted
 */
public record ValidSpec(ClusterSpec cluster, long generation) {

    /** With the members of its pools beside the hosts of the file. */
    public ValidSpec withMembers(List<HostSpec> members) {
        return new ValidSpec(PoolMembers.join(cluster, members), generation);
    }

    public ValidSpec withGeneration(long next) {
        return new ValidSpec(cluster, next);
    }
}
