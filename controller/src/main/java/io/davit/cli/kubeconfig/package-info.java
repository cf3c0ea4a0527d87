/**
 * What becomes of a kubeconfig on the operator's machine: merged into the file that kubectl reads,
 * written for its owner alone, and tried by a real call. Files and TLS may enter; the controller
 * and the command line do not.
 */
@NullMarked
package io.davit.cli.kubeconfig;

import org.jspecify.annotations.NullMarked;
