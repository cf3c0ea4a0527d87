package io.davit.controller.flow;

import io.davit.common.HostId;
import io.davit.controller.agentlink.Agents;
import io.davit.controller.enroll.HostRecord;
import io.davit.controller.enroll.Hosts;
import io.davit.controller.enroll.Retirement;
import io.davit.controller.observe.ObservedHost;
import io.davit.proto.operator.v1.Finding;
import io.davit.proto.operator.v1.WhyResponse;
import java.util.List;
import java.util.Optional;

/** Hosts that are in no cluster, and what each of them waits for. */
final class FreeHosts {

    private static final int SHORTEST_PREFIX = 6;
    private static final int SHOWN_DIGITS = 12;

    private final Hosts hosts;
    private final Agents agents;

    FreeHosts(Hosts hosts, Agents agents) {
        this.hosts = hosts;
        this.agents = agents;
    }

    /**
     * @param subject a machine's name, or the first digits of an id
     * @return empty if no host in no cluster has that name
     */
    Optional<WhyResponse> of(String subject) {
        var found = all().stream().filter(host -> names(subject, host)).toList();
        return found.isEmpty() ? Optional.empty() : Optional.of(answer(subject, found));
    }

    /** What may be asked about by name. */
    List<String> subjects() {
        return all().stream().map(host -> host.description().hostname()).distinct().toList();
    }

    private List<HostRecord> all() {
        return hosts.all().stream()
                .filter(host -> hosts.place(new HostId(host.id())).isEmpty())
                .toList();
    }

    private static boolean names(String subject, HostRecord host) {
        return subject.equals(host.description().hostname())
                || subject.length() >= SHORTEST_PREFIX && host.id().startsWith(subject);
    }

    private WhyResponse answer(String subject, List<HostRecord> found) {
        String summary =
                found.size() == 1
                        ? "host %s (%s) is in no cluster"
                                .formatted(
                                        found.getFirst().description().hostname(),
                                        shown(found.getFirst()))
                        : "%d hosts in no cluster are called so".formatted(found.size());
        return WhyResponse.newBuilder()
                .setSubject("host " + subject)
                .setSummary(summary)
                .addAllFindings(found.stream().map(this::finding).toList())
                .build();
    }

    private static String shown(HostRecord host) {
        return host.id().substring(0, SHOWN_DIGITS);
    }

    private Finding finding(HostRecord host) {
        var finding =
                Finding.newBuilder()
                        .setHost(host.description().hostname())
                        .setWhat(shown(host) + " is " + host.state().text());
        String remove = "davit hosts remove " + shown(host);
        switch (host.state()) {
            case PENDING ->
                    finding.setError("it waits for a person, who compares its six words")
                            .setRemedy(
                                    "if its log says \"%s\": davit hosts approve %s"
                                            .formatted(host.fingerprintWords(), shown(host)));
            case ACTIVE -> {
                if (!connected(host)) {
                    finding.setError("its agent is away");
                }
            }
            case RETIRED ->
                    finding.setError(retired(host))
                            .setRemedy(remove + " ends its rights; a new identity may come back");
            case BANNED ->
                    finding.setError("it was removed: neither its certificate nor its key counts")
                            .setRemedy(
                                    "install.sh --agent with a new token on a machine that was"
                                            + " purged gives it a new identity");
        }
        return finding.build();
    }

    private String retired(HostRecord host) {
        var retirement = hosts.retirement(new HostId(host.id()));
        String left =
                retirement
                        .map(it -> "cluster %s gave it up as %s".formatted(it.cluster(), it.name()))
                        .orElse("its cluster gave it up");
        if (retirement.flatMap(Retirement::wipedAt).isPresent()) {
            return left + "; it has ended what it ran there";
        }
        return left
                + (connected(host)
                        ? "; it may still run what it ran there"
                        : "; it has not been back since, and may still run what it ran there");
    }

    private boolean connected(HostRecord host) {
        return agents.hosts().stream()
                .filter(seen -> seen.hostId().value().equals(host.id()))
                .anyMatch(ObservedHost::connected);
    }
}
