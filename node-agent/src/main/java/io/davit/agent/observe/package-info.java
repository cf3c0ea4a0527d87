/**
 * What is so on this host: facts, and per role the inventory; and the read-only view of a host that
 * checks are made on, live or with an overlay of what earlier steps would have done. Nothing here
 * can change a host, and nothing here decides what to do.
 */
@NullMarked
package io.davit.agent.observe;

import org.jspecify.annotations.NullMarked;
