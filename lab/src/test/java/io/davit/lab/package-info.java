/**
 * End-to-end tests: a real controller, real agents under their shipped units, real systemd hosts,
 * judged from outside Davit. What drives the lab enters; nothing of the controller's or the agent's
 * code does.
 */
@NullMarked
package io.davit.lab;

import org.jspecify.annotations.NullMarked;
