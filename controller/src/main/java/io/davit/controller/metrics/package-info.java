/**
 * What Prometheus is told: metrics of the controller, the clusters and each host, and the list of
 * targets. Everything comes from what the controller has in memory or in its state; no scrape asks
 * a host. Paths enter and texts leave; who may ask is decided before.
 */
@NullMarked
package io.davit.controller.metrics;

import org.jspecify.annotations.NullMarked;
