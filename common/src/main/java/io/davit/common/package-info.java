/**
 * What controller and agent share: identities and their grammars, secrets, digests, atomic files,
 * the quorum guard. Small value types and pure functions may enter. What only one of the two needs
 * stays there, and no type of a third party appears in the API.
 */
@NullMarked
package io.davit.common;

import org.jspecify.annotations.NullMarked;
