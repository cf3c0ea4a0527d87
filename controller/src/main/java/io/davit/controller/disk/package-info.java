/**
 * Folders that somebody else may change while they are read and written, and the room on their
 * disks. Files may enter; what is in them, the state and the command line do not.
 */
@NullMarked
package io.davit.controller.disk;

import org.jspecify.annotations.NullMarked;
