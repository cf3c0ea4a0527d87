/**
 * What would be in the way of a host's roles, told before anything is installed or enrolled. Looks
 * through the same eyes as the agent's observations, and changes nothing.
 */
@NullMarked
package io.davit.agent.doctor;

import org.jspecify.annotations.NullMarked;
