/**
 * Snapshots of clusters' etcd that this controller holds: received from a host, sealed while they
 * arrive, listed, removed. What decides that one is taken, and what knows of operators, stays
 * outside; nothing here hands the content out but {@link
 * io.davit.controller.snapshot.Snapshots#open}, which a backup on this host uses.
 */
@NullMarked
package io.davit.controller.snapshot;

import org.jspecify.annotations.NullMarked;
