/**
 * What the hosts report of themselves without being asked: the newest report of each, kept in
 * memory, and the names of what stands in it. Reports enter as our own types; nothing here asks a
 * host, decides about work or is stored.
 */
@NullMarked
package io.davit.controller.health;

import org.jspecify.annotations.NullMarked;
