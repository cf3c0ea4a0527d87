/**
 * What may be touched on a host: one profile per role and one for the host itself, data only. Names
 * of slots, units, artifacts, actions and probes on the wire are looked up here; paths, command
 * lines and unit texts stand here and nowhere else. A new role is one class and one line in {@link
 * io.davit.agent.profile.Catalogue}. Nothing here touches a host.
 */
@NullMarked
package io.davit.agent.profile;

import org.jspecify.annotations.NullMarked;
