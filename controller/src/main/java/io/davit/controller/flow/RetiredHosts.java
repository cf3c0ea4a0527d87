package io.davit.controller.flow;

import io.davit.common.HostId;
import io.davit.controller.agentlink.Agents;
import io.davit.controller.agentlink.Batch;
import io.davit.controller.agentlink.BatchEnd;
import io.davit.controller.agentlink.BatchListener;
import io.davit.controller.agentlink.Command;
import io.davit.controller.agentlink.HostAwayException;
import io.davit.controller.agentlink.StepOutcome;
import io.davit.controller.enroll.HostRecord;
import io.davit.controller.enroll.HostState;
import io.davit.controller.enroll.Hosts;
import io.davit.controller.enroll.Retirement;
import io.davit.controller.execute.Reign;
import io.davit.controller.health.EventLog;
import io.davit.controller.observe.ObservedHost;
import io.davit.controller.plan.AgentWork.Disposal;
import io.davit.controller.plan.AgentWork.RemoveRole;
import io.davit.controller.plan.Deadlines;
import io.davit.controller.plan.Ref;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Ends what a host that was given up still runs, once its agent comes back, with nobody typing.
 * Level-triggered: looked at every few seconds, and a controller that dies in it begins anew.
 *
 * <ol>
 *   <li>Only a host that was given up as a worker, and of which a person approved then that its
 *       data are destroyed. Others are left as they are, and may stay connected.
 *   <li>It is observed. Where it has the worker role, one step ends it: unit, pods, files, data.
 *       The step names the HostId that was approved.
 *   <li>A host without the role is wiped; that is stored. It is looked at again when it has been
 *       away: its disk may be an older one.
 *   <li>A failure is told, and tried again after a pause.
 * </ol>
 */
public final class RetiredHosts implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(RetiredHosts.class);

    private static final String WORKER = "worker";
    private static final Duration BETWEEN_LOOKS = Duration.ofSeconds(2);
    private static final Duration OBSERVE = Duration.ofSeconds(30);
    private static final Duration PAUSE = Duration.ofMinutes(1);

    private final Hosts hosts;
    private final Agents agents;
    private final Reign reign;
    private final OperationIds ids;
    private final EventLog events;
    private final Clock clock;
    private final Watch watch;

    /** Those that have nothing of a cluster since they connected. */
    private final Set<HostId> settled = new HashSet<>();

    private final Map<HostId, Instant> notBefore = new HashMap<>();

    public RetiredHosts(
            Hosts hosts,
            Agents agents,
            Reign reign,
            OperationIds ids,
            EventLog events,
            Clock clock) {
        this.hosts = hosts;
        this.agents = agents;
        this.reign = reign;
        this.ids = ids;
        this.events = events;
        this.clock = clock;
        this.watch = new Watch("retired-hosts", this::round, PAUSE);
    }

    /** Begins to look. */
    public void start() {
        watch.start();
    }

    private Duration round() throws InterruptedException {
        look();
        return BETWEEN_LOOKS;
    }

    /** Looks once. */
    void look() throws InterruptedException {
        var retired =
                hosts.all().stream()
                        .filter(host -> host.state() == HostState.RETIRED)
                        .map(HostRecord::id)
                        .map(HostId::new)
                        .filter(host -> hosts.retirement(host).filter(Retirement::wipe).isPresent())
                        .toList();
        if (retired.isEmpty()) {
            return;
        }
        var here =
                agents.hosts().stream()
                        .filter(ObservedHost::connected)
                        .map(ObservedHost::hostId)
                        .collect(Collectors.toSet());
        settled.retainAll(here);
        for (HostId host : retired) {
            boolean due = !clock.instant().isBefore(notBefore.getOrDefault(host, Instant.MIN));
            if (here.contains(host) && !settled.contains(host) && due) {
                lookAt(host);
            }
        }
    }

    private void lookAt(HostId host) throws InterruptedException {
        try {
            var seen = agents.observe(host, OBSERVE);
            if (!seen.role(WORKER).installed()) {
                settle(host, "nothing of its cluster is left on it");
                return;
            }
        } catch (HostAwayException e) {
            return; // it comes back, and is looked at then
        }
        wipe(host);
    }

    private void settle(HostId host, String text) {
        settled.add(host);
        notBefore.remove(host);
        boolean news = hosts.retirement(host).flatMap(Retirement::wipedAt).isEmpty();
        if (news) {
            hosts.wiped(host, clock.instant());
            LOG.info("retired host {}: {}", host, text);
            events.add(host, EventLog.Kind.WIPED, WORKER, "retired: " + text);
        }
    }

    private void wipe(HostId host) throws InterruptedException {
        var ended = new Ended();
        var end =
                agents.execute(
                        host,
                        new Batch(
                                ids.next(),
                                reign.epoch(),
                                reign.nextOperationSequence(),
                                List.of(command(host))),
                        ended);
        var outcome =
                switch (end) {
                    case BatchEnd.Finished _ -> ended.outcome;
                    case BatchEnd.ContactLost _ -> Optional.<StepOutcome>empty();
                    case BatchEnd.Refused refused ->
                            Optional.<StepOutcome>of(
                                    new StepOutcome.Blocked(refused.why(), "see its log"));
                };
        outcome.ifPresentOrElse(
                it -> told(host, it), () -> failed(host, "its agent gave no result"));
    }

    private static Command command(HostId host) {
        return new Command(
                "retired/" + WORKER + "/remove",
                1,
                WORKER,
                "it was given up, and a person has approved that its data are destroyed",
                Deadlines.REMOVE,
                new RemoveRole(new Ref.Known(host.value()), Disposal.DESTROY, false),
                Optional.empty());
    }

    private void told(HostId host, StepOutcome outcome) {
        switch (outcome) {
            case StepOutcome.Changed _, StepOutcome.Unchanged _ -> {
                var was = hosts.retirement(host);
                settle(
                        host,
                        "what it ran as %s of cluster %s has ended, and its data are destroyed"
                                .formatted(
                                        was.map(Retirement::name).orElse("?"),
                                        was.map(Retirement::cluster).orElse("?")));
            }
            case StepOutcome.Retry retry -> failed(host, retry.why());
            case StepOutcome.Blocked blocked ->
                    failed(host, blocked.why() + "; " + blocked.remedy());
            case StepOutcome.Failed failed -> failed(host, failed.why());
            case StepOutcome.Unknown unknown -> failed(host, unknown.why());
        }
    }

    private void failed(HostId host, String why) {
        notBefore.put(host, clock.instant().plus(PAUSE));
        String text = "it is retired and cannot be wiped: " + why;
        LOG.warn("host {}: {}", host, text);
        events.add(
                host,
                EventLog.Kind.FAILED,
                WORKER,
                text + "; tried again in " + PAUSE.toSeconds() + " s");
    }

    /** Keeps how the one step ended. */
    private static final class Ended implements BatchListener {

        private volatile Optional<StepOutcome> outcome = Optional.empty();

        @Override
        public void progress(
                String stepId, int attempt, String phase, String detail, List<String> logLines) {}

        @Override
        public void result(String stepId, int attempt, StepOutcome told, Duration took) {
            outcome = Optional.of(told);
        }
    }

    @Override
    public void close() {
        watch.close();
    }
}
