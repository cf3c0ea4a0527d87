/**
 * The controller's state: small documents under keys, changed by compare-and-swap over several keys
 * at once, and the sealing of secrets before they reach it. Storage engines, document encoding and
 * tables may enter; what the documents mean to a cluster, gRPC and generated types may not.
 */
@NullMarked
package io.davit.controller.store;

import org.jspecify.annotations.NullMarked;
