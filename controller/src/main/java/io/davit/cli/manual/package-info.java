/**
 * What is written about the commands: completion, manual pages, the reference. Everything is made
 * from the commands' own description, so that nothing is said twice. No controller is asked and no
 * other command is run; the commands themselves load nothing of this.
 */
@NullMarked
package io.davit.cli.manual;

import org.jspecify.annotations.NullMarked;
