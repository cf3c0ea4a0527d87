/**
 * The role that stands before the control plane: HAProxy, and keepalived where there is a virtual
 * IP. Its steps and the text of its files may enter. Pure; of other roles only the spec's hosts are
 * known here.
 */
@NullMarked
package io.davit.controller.role.loadbalancer;

import org.jspecify.annotations.NullMarked;
