/**
 * The seams to the host: files, systemd, programs, transient units, the network, facts, time. Each
 * has a view that only reads where checks need one. What the seams are used for is decided
 * elsewhere; nothing here knows a role, a slot or a step.
 */
@NullMarked
package io.davit.agent.system;

import org.jspecify.annotations.NullMarked;
