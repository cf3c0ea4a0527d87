/**
 * The role of k3s servers: the first one alone, then the others; configuration, CAs, tokens. Its
 * steps and the text of its files may enter. Pure; nothing of another role is known here but
 * milestones of the plan.
 */
@NullMarked
package io.davit.controller.role.controlplane;

import org.jspecify.annotations.NullMarked;
