package io.davit.controller.observe;

/**
 * A Kubernetes node, as a server tells it.
 *
 * @param name also the spec host's name
 * @param uid of the Node object; another object of the same name has another one
 * @param unschedulable it is cordoned, by whomever
 * @param cordonedBy the cluster that Davit cordoned it for; empty: it was not Davit
 */
public record NodeState(String name, String uid, boolean unschedulable, String cordonedBy) {

    /** Where Davit writes down that a cordon is its own. */
    public static final String MARK = "davit.io/cordoned-by";
}
