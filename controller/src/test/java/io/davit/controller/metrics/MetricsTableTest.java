package io.davit.controller.metrics;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class MetricsTableTest {

    private static final Path REFERENCE = Path.of("../docs/metrics.md");

    /** {@code mvn -pl controller test -Dtest=MetricsTableTest -Ddavit.write-reference=true}. */
    @Test
    void theReferenceHasEveryMetric() throws IOException {
        String text = Files.readString(REFERENCE);
        String wanted =
                replaced(
                        replaced(text, "fleet", MetricsTable.fleet()), "host", MetricsTable.host());
        if (Boolean.getBoolean("davit.write-reference")) {
            Files.writeString(REFERENCE, wanted);
            text = wanted;
        }
        assertThat(text).isEqualTo(wanted);
    }

    private static String replaced(String text, String name, String table) {
        String begin = "<!-- " + name + " -->\n";
        String end = "<!-- end -->";
        int from = text.indexOf(begin);
        assertThat(from).as(begin).isNotNegative();
        int to = text.indexOf(end, from);
        return text.substring(0, from + begin.length()) + table + text.substring(to);
    }

    @Test
    void namesFollowPrometheusConventions() {
        List<Metric> all =
                Stream.concat(FleetMetrics.ALL.stream(), HostMetrics.ALL.stream()).toList();
        assertThat(all).extracting(Metric::name).doesNotHaveDuplicates();
        assertThat(all)
                .allSatisfy(metric -> {
                    assertThat(metric.name()).matches("davit(_[a-z0-9]+)+");
                    assertThat(metric.name()).as("a gauge").doesNotEndWith("_total");
                    assertThat(metric.help()).isNotBlank();
                    assertThat(metric.labels()).allMatch(label -> label.matches("[a-z_0-9]+"));
                });
    }
}
