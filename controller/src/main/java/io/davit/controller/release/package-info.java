/**
 * Versions of what is installed: their grammars and their order. Pure values; where releases are
 * found and fetched is not known here.
 */
@NullMarked
package io.davit.controller.release;

import org.jspecify.annotations.NullMarked;
