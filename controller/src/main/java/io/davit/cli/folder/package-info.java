/**
 * Where a path leads that a person names and that somebody else may change meanwhile. What is in
 * files, the controller and the command line do not enter.
 */
@NullMarked
package io.davit.cli.folder;

import org.jspecify.annotations.NullMarked;
