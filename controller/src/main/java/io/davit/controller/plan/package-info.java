/**
 * The plan as a value, and the pure function that makes it from what is wanted and what is seen.
 * Steps, reasons, contents by reference and the order of work may enter. No secret, clock, file,
 * network or generated type may; execution interprets a plan elsewhere.
 */
@NullMarked
package io.davit.controller.plan;

import org.jspecify.annotations.NullMarked;
