package io.davit.controller.metrics;

import java.util.List;

/**
 * A gauge that Davit exposes, as it is described to Prometheus and in docs/metrics.md.
 *
 * @param name with its unit, by Prometheus' conventions
 * @param labels beside those that a target has
 */
record Metric(String name, String help, List<String> labels) {

    Metric {
        labels = List.copyOf(labels);
    }

    static Metric of(String name, String help, String... labels) {
        return new Metric(name, help, List.of(labels));
    }
}
