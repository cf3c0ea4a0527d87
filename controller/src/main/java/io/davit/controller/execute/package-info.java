/**
 * Runs an operation: observes, plans, sends what a plan says, and plans again until nothing is
 * left. Everything it needs from outside comes through small interfaces of this package and through
 * {@code Agents}. How a host is reached and where state is stored is not known here, nor what a
 * role consists of.
 */
@NullMarked
package io.davit.controller.execute;

import org.jspecify.annotations.NullMarked;
