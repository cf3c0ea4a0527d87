/**
 * Versions of what is installed: their grammars, their order, what their publishers' answers say,
 * which of them go together. Pure values; where releases are asked for and fetched is not known
 * here.
 */
@NullMarked
package io.davit.controller.release;

import org.jspecify.annotations.NullMarked;
