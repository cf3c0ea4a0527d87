/**
 * Probes: what a role's services say of themselves, read now, with a deadline, errors in one line;
 * the monitor that reads them again and again and reports what it finds; and the reading of etcd's
 * members that the quorum guard judges by. Nothing here changes the host or waits for a service to
 * become better.
 */
@NullMarked
package io.davit.agent.health;

import org.jspecify.annotations.NullMarked;
