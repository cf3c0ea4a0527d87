/**
 * The whole product in one method: spec → validate → observe → plan → execute → report. What
 * connects the stages for an operator's request enters, and how accepted clusters and operations
 * are kept. What a stage does stays in its own package.
 */
@NullMarked
package io.davit.controller.flow;

import org.jspecify.annotations.NullMarked;
