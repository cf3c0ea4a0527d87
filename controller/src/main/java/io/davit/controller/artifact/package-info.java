/**
 * Published files: where they are, what their publisher says of them, and the verified copies that
 * hosts fetch. Sources, checksums and downloads may enter; which file goes where is the planner's,
 * who may fetch it the executor's.
 */
@NullMarked
package io.davit.controller.artifact;

import org.jspecify.annotations.NullMarked;
