/** A machine that tests make well or ill. */
@NullMarked
package io.davit.agent.doctor;

import org.jspecify.annotations.NullMarked;
