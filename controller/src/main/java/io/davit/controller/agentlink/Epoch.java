package io.davit.controller.agentlink;

/**
 * By what agents tell this reign from others.
 *
 * @param number higher at each start of the controller
 * @param id random, of this start alone and stored nowhere: a second controller that was started
 *     from the same state may have the same number, and never the same id
 */
public record Epoch(long number, String id) {

    /** That of a controller in adopt mode, whose work every agent refuses. */
    boolean onlyLooks() {
        return number == 0;
    }
}
