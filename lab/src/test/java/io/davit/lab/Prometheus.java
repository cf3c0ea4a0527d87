package io.davit.lab;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;

/**
 * A real Prometheus on the controller's host, set up as docs/metrics.md says, with what is shipped
 * for it.
 */
final class Prometheus implements AutoCloseable {

    private final Lab lab;
    private final Process process;

    private Prometheus(Lab lab, Process process) {
        this.lab = lab;
        this.process = process;
    }

    static Prometheus start(Lab lab) throws IOException {
        Path program = program(lab.home());
        Path shipped = lab.home().resolve("install/monitoring");
        lab.sh("ctl", "mkdir -p /etc/prometheus").ok();
        lab.lab("copy", program.toString(), "ctl:/usr/local/bin/prometheus").ok();
        lab.lab("copy", shipped.resolve("davit-alerts.yml").toString(), "ctl:/etc/prometheus/")
                .ok();
        lab.lab("copy", shipped.resolve("prometheus.yml").toString(), "ctl:/etc/prometheus/").ok();
        lab.sh(
                        "ctl",
                        """
                        set -e
                        davit monitoring token >/etc/prometheus/davit.token
                        davit monitoring ca >/etc/prometheus/davit-ca.crt
                        sed -i s/controller.example.test/ctl/ /etc/prometheus/prometheus.yml
                        """)
                .ok();
        var process =
                lab.background(
                        "ctl",
                        """
                        exec prometheus --config.file=/etc/prometheus/prometheus.yml \
                            --storage.tsdb.path=/var/lib/prometheus \
                            --web.listen-address=127.0.0.1:9090 >/var/log/prometheus.log 2>&1
                        """);
        lab.await("ctl", "curl -sf http://127.0.0.1:9090/-/ready >/dev/null");
        return new Prometheus(lab, process);
    }

    private static Path program(Path home) {
        var found =
                Stream.concat(
                                Stream.of(home.resolve(".tools/prometheus/usr/bin")),
                                List.of(System.getenv("PATH").split(":", -1)).stream()
                                        .map(Path::of))
                        .map(directory -> directory.resolve("prometheus"))
                        .filter(Files::isExecutable)
                        .findFirst();
        Assumptions.assumeTrue(found.isPresent(), "there is no prometheus on this machine");
        return found.orElseThrow();
    }

    /** What an expression gives now; empty where it gives nothing. */
    String query(String expression) {
        String answer =
                lab.exec(
                                "ctl",
                                "curl",
                                "-sfG",
                                "http://127.0.0.1:9090/api/v1/query",
                                "--data-urlencode",
                                "query=" + expression)
                        .ok();
        return answer.contains("\"result\":[]") ? "" : answer;
    }

    /** Waits until an expression gives something, or nothing any more; tells after how long. */
    Duration await(String expression, boolean given, Duration patience)
            throws InterruptedException {
        long began = System.nanoTime();
        while (query(expression).isEmpty() == given) {
            if (System.nanoTime() - began > patience.toNanos()) {
                throw new AssertionError(
                        "%s gives %s after %d s: %s"
                                .formatted(
                                        expression,
                                        given ? "nothing" : "something",
                                        patience.toSeconds(),
                                        query("{__name__=~\"ALERTS|up\"}")));
            }
            Thread.sleep(500);
        }
        return Duration.ofNanos(System.nanoTime() - began);
    }

    @Override
    public void close() {
        process.destroy();
    }
}
