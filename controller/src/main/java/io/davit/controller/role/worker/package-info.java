/**
 * The role of k3s agents: configuration, token, joining. Its steps and the text of its files may
 * enter. Pure; nothing of another role is known here but milestones of the plan.
 */
@NullMarked
package io.davit.controller.role.worker;

import org.jspecify.annotations.NullMarked;
