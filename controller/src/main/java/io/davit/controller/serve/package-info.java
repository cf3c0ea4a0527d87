/**
 * Puts the controller together and runs it: configuration, listeners, and the one graph of objects
 * in start order. Wiring and what belongs to a process (sockets, lock, signals) may enter; what the
 * controller decides may not.
 */
@NullMarked
package io.davit.controller.serve;

import org.jspecify.annotations.NullMarked;
