package io.davit.controller.observe;

import io.davit.common.NodeMarks;

/**
 * A Kubernetes node, as a server tells it.
 *
 * @param name also the spec host's name
 * @param uid of the Node object; another object of the same name has another one
 * @param unschedulable it is cordoned, by whomever
 * @param cordonedBy the cluster that Davit cordoned it for; empty: it was not Davit
 * @param marks digest of the labels and taints that Davit keeps there ({@link NodeMarks#digest}),
 *     or {@link NodeMarks#DIFFERENT}
 */
public record NodeState(
        String name, String uid, boolean unschedulable, String cordonedBy, String marks) {

    /** Where Davit writes down that a cordon is its own. */
    public static final String MARK = "davit.io/cordoned-by";
}
