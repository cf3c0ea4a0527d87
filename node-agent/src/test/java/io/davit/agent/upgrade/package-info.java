@NullMarked
package io.davit.agent.upgrade;

import org.jspecify.annotations.NullMarked;
