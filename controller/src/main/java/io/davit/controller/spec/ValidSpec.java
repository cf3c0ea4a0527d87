package io.davit.controller.spec;

/**
 * A spec that was read without any problem. Only {@link SpecReader} makes one.
 *
 * @param generation counts from 1; the one that it would become when it is accepted
 */
public record ValidSpec(ClusterSpec cluster, long generation) {

    public ValidSpec withGeneration(long next) {
        return new ValidSpec(cluster, next);
    }
}
