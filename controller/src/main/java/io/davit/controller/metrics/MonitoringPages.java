package io.davit.controller.metrics;

import io.davit.common.HostId;
import io.davit.controller.health.HealthReports.Reported;
import io.davit.controller.observe.ObservedHost;
import io.micrometer.core.instrument.binder.jvm.JvmMemoryMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmThreadMetrics;
import io.micrometer.core.instrument.binder.system.FileDescriptorMetrics;
import io.micrometer.core.instrument.binder.system.UptimeMetrics;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.time.Clock;
import java.util.regex.Pattern;

/**
 * {@code /metrics}, {@code /metrics/hosts/ID} and {@code /sd}. A host that is away, or whose report
 * is stale, answers 503 instead of old numbers, so that its {@code up} is 0.
 */
public final class MonitoringPages {

    static final String HOSTS = "/metrics/hosts/";

    private static final String TEXT_FORMAT = "text/plain; version=0.0.4; charset=utf-8";
    private static final String TEXT = "text/plain; charset=utf-8";

    /** An address and port, or a name and port, as clients write it into {@code Host}. */
    private static final Pattern AUTHORITY =
            Pattern.compile("([A-Za-z0-9.-]{1,253}|\\[[0-9A-Fa-f:.]{2,45}])(:[0-9]{1,5})?");

    private final FleetView view;
    private final Clock clock;
    private final PrometheusMeterRegistry own =
            new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);

    public MonitoringPages(FleetView view, Clock clock) {
        this.view = view;
        this.clock = clock;
        new JvmMemoryMetrics().bindTo(own);
        new JvmThreadMetrics().bindTo(own);
        new FileDescriptorMetrics().bindTo(own);
        new UptimeMetrics().bindTo(own);
    }

    /** An answer. */
    public record Page(int status, String contentType, String body) {

        /** In a sentence. */
        public static Page saying(int status, String why) {
            return new Page(status, TEXT, why + "\n");
        }
    }

    /**
     * Answers a GET.
     *
     * @param path without its query
     * @param authority the header Host of the request
     */
    public Page get(String path, String authority) {
        if (path.equals("/metrics")) {
            return new Page(200, TEXT_FORMAT, FleetMetrics.page(view) + own.scrape());
        }
        if (path.startsWith(HOSTS)) {
            return host(path.substring(HOSTS.length()));
        }
        if (path.equals("/sd")) {
            return AUTHORITY.matcher(authority).matches()
                    ? new Page(200, "application/json", Targets.json(view, authority))
                    : Page.saying(400, "cannot name targets: the header Host is no address");
        }
        return Page.saying(404, "there are /metrics, /metrics/hosts/ID and /sd");
    }

    private Page host(String id) {
        return view.hosts().stream()
                .filter(host -> host.hostId().value().equals(id))
                .findFirst()
                .map(this::host)
                .orElseGet(() -> Page.saying(404, "no host has this id"));
    }

    private Page host(ObservedHost host) {
        HostId id = host.hostId();
        if (!host.connected()) {
            return Page.saying(503, "the agent of host " + id + " is away");
        }
        return view.report(id)
                .filter(Reported::fresh)
                .map(report ->
                        new Page(
                                200,
                                TEXT_FORMAT,
                                HostMetrics.page(report, host.clockOffset(), clock.instant())))
                .orElseGet(
                        () -> Page.saying(503, "host " + id + " has no report that is new enough"));
    }
}
