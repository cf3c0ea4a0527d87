package io.davit.controller.metrics;

import java.util.List;

/** The tables of docs/metrics.md. */
final class MetricsTable {

    private MetricsTable() {}

    static String fleet() {
        return table(FleetMetrics.ALL);
    }

    static String host() {
        return table(HostMetrics.ALL);
    }

    private static String table(List<Metric> metrics) {
        var text = new StringBuilder("| metric | labels | says |\n|---|---|---|\n");
        for (Metric metric : metrics) {
            text.append(
                    "| `%s` | %s | %s |%n".formatted(metric.name(), labels(metric), metric.help()));
        }
        return text.toString();
    }

    private static String labels(Metric metric) {
        return metric.labels().isEmpty() ? "" : "`" + String.join("`, `", metric.labels()) + "`";
    }
}
