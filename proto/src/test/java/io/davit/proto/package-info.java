/** The protocol's own promises: nothing that was released is taken back. */
@NullMarked
package io.davit.proto;

import org.jspecify.annotations.NullMarked;
