/**
 * The davit command: reads what a person typed, asks the controller, shows the answer. Commands,
 * tables and exit codes may enter; decisions belong to the controller, and secrets are shown only
 * where they are what was asked for.
 */
@NullMarked
package io.davit.cli;

import org.jspecify.annotations.NullMarked;
