/**
 * A fleet in memory: hosts with files, units and certificates, an etcd that knows quorum, k3s
 * servers that must not first-boot together. Planner and executor run on it in tests; it keeps
 * count of what must not happen twice. What models the world outside may enter; nothing that
 * decides what to do.
 */
@NullMarked
package io.davit.controller.simulate;

import org.jspecify.annotations.NullMarked;
