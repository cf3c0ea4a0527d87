/**
 * Not losing the controller: an encrypted copy of what cannot be made again, the way back from it,
 * and adopt mode, in which a restored controller looks and does nothing until a person has seen
 * what differs. Only files of this host and the state may enter; nothing here leaves over the
 * network but the list of differences.
 */
@NullMarked
package io.davit.controller.backup;

import org.jspecify.annotations.NullMarked;
