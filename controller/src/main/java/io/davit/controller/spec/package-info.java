/**
 * The cluster as a person wants it: reading the file with all its problems at once, and comparing
 * it with the accepted one. Text in, values and problems out. No file, network, clock or host is
 * looked at.
 */
@NullMarked
package io.davit.controller.spec;

import org.jspecify.annotations.NullMarked;
