/**
 * Files in folders that somebody else may change while they are read and written. Files may enter;
 * what is in them, the controller and the command line do not.
 */
@NullMarked
package io.davit.cli.folder;

import org.jspecify.annotations.NullMarked;
