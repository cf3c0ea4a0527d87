/**
 * The one way from the controller to the hosts: {@code Agents} and its types, and its
 * implementations. What a session needs may enter; what to do and in which order is decided
 * elsewhere.
 */
@NullMarked
package io.davit.controller.agentlink;

import org.jspecify.annotations.NullMarked;
