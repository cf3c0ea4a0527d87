/**
 * Upgrades of the agents themselves: which builds this controller has for them, in which order
 * hosts get one, and when the next may. What a host does with an order is the agent's; steps of
 * cluster operations have nothing to do with it.
 */
@NullMarked
package io.davit.controller.upgrade;

import org.jspecify.annotations.NullMarked;
