/**
 * What an agent is told, done: one engine per host that takes batches, journals intent and end of
 * every step, and one class per kind of step (check, apply, verify). Everything that touches the
 * host goes through the seams of {@code system}; what may be touched stands in {@code profile}.
 * Neither the session with the controller nor any decision about order belongs here.
 */
@NullMarked
package io.davit.agent.step;

import org.jspecify.annotations.NullMarked;
