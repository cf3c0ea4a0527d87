/** Tests of reaching and recognising a controller, and what other tests need of one. */
@NullMarked
package io.davit.agent.link;

import org.jspecify.annotations.NullMarked;
