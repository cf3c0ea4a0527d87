/**
 * What the agent must still know after a crash: the journal (what was begun and how it ended, the
 * epoch, results nobody has acknowledged) and the ledger (what Davit made on this host). Both are
 * fsynced before anything is done that they speak of. Contents of files, and secrets of any kind,
 * never come here.
 */
@NullMarked
package io.davit.agent.journal;

import org.jspecify.annotations.NullMarked;
