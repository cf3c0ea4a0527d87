/**
 * Which versions can be had: the channel server, the list of releases, a directory, the table of
 * etcd versions, and what was once answered, with its age. Sources and their answers may enter;
 * fetching what they name is {@code artifact}'s, choosing for a cluster {@code flow}'s.
 */
@NullMarked
package io.davit.controller.versions;

import org.jspecify.annotations.NullMarked;
