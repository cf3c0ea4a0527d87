/**
 * Bundles for sites without a network: releases, their checksums and OS packages in one tar. Made
 * on a machine that has a network, without a controller; read whole before anything of it is kept.
 * Files, apt and the artifact store may enter; no network of its own, no planning.
 */
@NullMarked
package io.davit.controller.bundle;

import org.jspecify.annotations.NullMarked;
