/**
 * The role of etcd members: bootstrap, configuration, certificates. Its steps and the text of its
 * files may enter. Pure; nothing of another role is known here but milestones of the plan.
 */
@NullMarked
package io.davit.controller.role.etcd;

import org.jspecify.annotations.NullMarked;
