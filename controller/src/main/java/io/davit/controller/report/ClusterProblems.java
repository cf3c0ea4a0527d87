package io.davit.controller.report;

import io.davit.controller.health.HostHealth;
import io.davit.controller.observe.ObservedHost;
import io.davit.controller.spec.ClusterSpec.HostSpec;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** What is wrong with a cluster beside its roles; the limits are those of the alerts. */
final class ClusterProblems {

    /** Below this share of a file system k3s and etcd are near the point where they stop. */
    private static final int LEAST_FREE_PERCENT = 10;

    private static final Duration CLOCK_OFF = Duration.ofSeconds(5);
    private static final Duration CERTIFICATE_NEAR = Duration.ofDays(14);

    private ClusterProblems() {}

    static List<String> of(ClusterPicture picture) {
        var problems = new ArrayList<String>();
        var spec = picture.cluster().spec().cluster();
        spec.endpoint()
                .virtualIp()
                .ifPresent(address -> virtualIp(address, picture.virtualIpHolders(), problems));
        for (HostSpec host : spec.hosts()) {
            picture.freshReport(host)
                    .ifPresent(report -> of(host.name(), report.health(), picture, problems));
            picture.seen(host)
                    .filter(ObservedHost::connected)
                    .map(ObservedHost::clockOffset)
                    .filter(offset -> offset.abs().compareTo(CLOCK_OFF) > 0)
                    .ifPresent(offset ->
                            problems.add(
                                    "the clock of %s is off by %d s"
                                            .formatted(host.name(), offset.toSeconds())));
        }
        picture.drift()
                .ifPresent(drift ->
                        drift.hosts()
                                .forEach(
                                        (host, differences) -> drift(host, differences, problems)));
        return problems;
    }

    private static void drift(String host, List<String> differences, List<String> problems) {
        if (!differences.isEmpty()) {
            problems.add(
                    "the state of %s is not as applied: %s%s"
                            .formatted(
                                    host.isEmpty() ? "the cluster" : host,
                                    differences.getFirst(),
                                    differences.size() == 1
                                            ? ""
                                            : ", and %d more".formatted(differences.size() - 1)));
        }
    }

    private static void virtualIp(String address, List<String> holders, List<String> problems) {
        if (holders.isEmpty()) {
            problems.add("no host has the virtual IP " + address);
        } else if (holders.size() > 1) {
            problems.add(
                    "the virtual IP %s is on %d hosts: %s"
                            .formatted(address, holders.size(), String.join(", ", holders)));
        }
    }

    private static void of(
            String host, HostHealth health, ClusterPicture picture, List<String> problems) {
        for (HostHealth.FileSystem disk : health.fileSystems()) {
            if (disk.sizeBytes() > 0
                    && disk.freeBytes() < disk.sizeBytes() / 100 * LEAST_FREE_PERCENT) {
                problems.add(
                        "%s of %s has %d MiB left of %d"
                                .formatted(
                                        disk.directory(),
                                        host,
                                        disk.freeBytes() >> 20,
                                        disk.sizeBytes() >> 20));
            }
        }
        for (HostHealth.CertificateLife life : health.certificates()) {
            Duration left = Duration.between(picture.now(), life.notAfter());
            if (left.compareTo(CERTIFICATE_NEAR) < 0) {
                problems.add(
                        left.isNegative()
                                ? "certificate %s of %s has ended".formatted(life.slot(), host)
                                : "certificate %s of %s ends in %d days"
                                        .formatted(life.slot(), host, left.toDays()));
            }
        }
    }
}
