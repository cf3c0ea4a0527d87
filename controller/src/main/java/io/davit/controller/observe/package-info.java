/**
 * What the hosts say is so: facts, per role the inventory, and its age. Immutable values without
 * any behaviour but look-up may enter. Nothing here talks to a host, reads a clock or decides
 * anything.
 */
@NullMarked
package io.davit.controller.observe;

import org.jspecify.annotations.NullMarked;
