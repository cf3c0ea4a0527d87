package io.davit.controller.metrics;

import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.Tag;
import io.micrometer.core.instrument.Tags;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.time.Instant;
import java.util.ArrayList;

/**
 * The numbers of one scrape. Each scrape gets a new one: a host, cluster or probe that is gone is
 * gone from the next answer, and no old number stays.
 */
final class Sheet {

    private final PrometheusMeterRegistry registry =
            new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);

    /**
     * @param labels values in the order of the metric's labels
     */
    Sheet put(Metric metric, double value, String... labels) {
        if (labels.length != metric.labels().size()) {
            throw new IllegalArgumentException(
                    "metric %s has labels %s".formatted(metric.name(), metric.labels()));
        }
        var tags = new ArrayList<Tag>();
        for (int i = 0; i < labels.length; i++) {
            tags.add(Tag.of(metric.labels().get(i), labels[i]));
        }
        Gauge.builder(metric.name(), () -> value)
                .description(metric.help())
                .tags(Tags.of(tags))
                .strongReference(true)
                .register(registry);
        return this;
    }

    Sheet put(Metric metric, boolean value, String... labels) {
        return put(metric, value ? 1 : 0, labels);
    }

    Sheet put(Metric metric, Instant at, String... labels) {
        return put(metric, at.toEpochMilli() / 1000.0, labels);
    }

    /** In the text format. */
    String text() {
        return registry.scrape();
    }
}
