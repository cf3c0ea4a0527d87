package io.davit.controller.upgrade;

import io.davit.common.HostId;
import io.davit.controller.agentlink.AgentBuilds;
import io.davit.controller.agentlink.AgentBuilds.Ended;
import io.davit.controller.agentlink.AgentBuilds.RunningAgent;
import io.davit.controller.execute.Pace;
import io.davit.controller.upgrade.HostUpgrade.State;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Sends hosts their orders, and looks at those that have one until it has come to an end.
 *
 * <ol>
 *   <li>One that runs the new build on trial is told that it is kept once it has said the version
 *       that was ordered, has reported the health of its roles, none of them worse than before, and
 *       has held its session for {@value #HOLD_SECONDS} s since.
 *   <li>One that is busy is asked again; one that is silent has lost its order, or its way back.
 *   <li>One that goes on saying something new has {@value #LONGEST_MINUTES} minutes in all.
 * </ol>
 */
final class HostOrders {

    private static final Logger LOG = LoggerFactory.getLogger(HostOrders.class);

    static final int HOLD_SECONDS = 10;
    private static final Duration HOLD = Duration.ofSeconds(HOLD_SECONDS);
    private static final Duration BUSY_PAUSE = Duration.ofSeconds(5);
    private static final Duration BUSY_LIMIT = Duration.ofMinutes(30);
    private static final Duration NO_ANSWER = Duration.ofSeconds(30);

    /** A trial, the way back, a slow start of the one before, and its way to here. */
    private static final Duration SILENCE = AgentBuilds.TRIAL.multipliedBy(4);

    private static final int MOST_ORDERS = 3;

    /** As long as waiting for its steps, the way of the build, and two more trials take. */
    static final int LONGEST_MINUTES = 45;

    private static final Duration LONGEST = Duration.ofMinutes(LONGEST_MINUTES);

    private final UpgradeRecord upgrade;
    private final UpgradeHosts hosts;
    private final AgentBuilds agents;
    private final Pace pace;
    private final long epoch;
    private final AtomicBoolean cancelled;

    /** What this run has seen of hosts whose turn it is; made anew after a restart. */
    private final Map<String, Seen> seen = new HashMap<>();

    HostOrders(
            UpgradeRecord upgrade,
            UpgradeHosts hosts,
            AgentBuilds agents,
            Pace pace,
            long epoch,
            AtomicBoolean cancelled) {
        this.upgrade = upgrade;
        this.hosts = hosts;
        this.agents = agents;
        this.pace = pace;
        this.epoch = epoch;
        this.cancelled = cancelled;
    }

    /** What is remembered of one order. */
    private static final class Seen {
        private final Instant begun;
        private Instant since;
        private String said = "";
        private int ordersWithoutAnswer;
        private Optional<Instant> well = Optional.empty();
        private Optional<Instant> busySince = Optional.empty();
        private String fault = "";

        Seen(Instant now) {
            this.begun = now;
            this.since = now;
        }
    }

    /** Since when it is this host's turn. */
    Instant turnSince(HostUpgrade host) {
        return seen.computeIfAbsent(host.hostId(), _ -> new Seen(pace.now())).since;
    }

    void order(HostUpgrade host, boolean again, List<String> probes) {
        var sent = host.sent(epoch, probes, pace.now());
        seen.put(host.hostId(), new Seen(pace.now()));
        hosts.save(sent);
        send(sent, again);
    }

    private void send(HostUpgrade host, boolean again) {
        var target = host.target();
        agents.order(
                new HostId(host.hostId()),
                new AgentBuilds.Order(
                        host.order(upgrade.id()),
                        target.version(),
                        target.build(),
                        target.sha256(),
                        target.sizeBytes(),
                        again));
    }

    /** Looks at a host that was sent an order. */
    void settle(HostUpgrade host) {
        var mine = seen.computeIfAbsent(host.hostId(), _ -> new Seen(pace.now()));
        var agent = agents.agent(new HostId(host.hostId())).filter(RunningAgent::connected);
        if (agent.isEmpty()) {
            mine.well = Optional.empty();
            if (pace.isOver(mine.since, SILENCE)) {
                lost(host, "it has had no session for " + SILENCE.toSeconds() + " s");
            }
        } else if (agent.get().build().equals(host.target().build())) {
            onTrial(host, agent.get(), mine);
        } else {
            before(host, agent.get(), mine);
        }
        var now = hosts.now(host);
        if (now.state() == State.SENT && pace.isOver(mine.begun, LONGEST)) {
            lost(
                    now,
                    "it has not come to an end in %d minutes; it says: %s"
                            .formatted(LONGEST_MINUTES, now.detail()));
        }
    }

    private void onTrial(HostUpgrade host, RunningAgent agent, Seen mine) {
        String fault = fault(host, agent);
        if (!fault.isEmpty()) {
            mine.fault = fault;
            mine.well = Optional.empty();
            says(host, mine, fault);
            if (pace.isOver(mine.since, SILENCE)) {
                lost(host, fault + "; it has not gone back by itself");
            }
            return;
        }
        if (!agent.onTrial()) {
            hosts.end(
                    host.ended(State.DONE, "", List.of(), pace.now()),
                    "its agent is now %s".formatted(host.target().build()));
            return;
        }
        mine.fault = "";
        if (mine.well.isEmpty()) {
            mine.well = Optional.of(pace.now());
            says(host, mine, "it is back and well; held for " + HOLD_SECONDS + " s");
        }
        if (pace.isOver(mine.well.get(), HOLD)) {
            agents.commit(new HostId(host.hostId()), host.target().build());
        }
    }

    /** Why it is not to be kept, as it is now; empty if it is. */
    private static String fault(HostUpgrade host, RunningAgent agent) {
        if (!agent.version().equals(host.target().version())) {
            return "it reports version %s, %s was ordered"
                    .formatted(agent.version(), host.target().version());
        }
        if (agent.wellProbes().isEmpty()) {
            return "it is back, and has not reported its health yet";
        }
        var missing = new ArrayList<>(host.probes());
        missing.removeAll(agent.wellProbes().get());
        return missing.isEmpty()
                ? ""
                : "it is back, and these were ok before: " + String.join(", ", missing);
    }

    /** It runs another build: it has not begun, or it has gone back. */
    private void before(HostUpgrade host, RunningAgent agent, Seen mine) {
        mine.well = Optional.empty();
        String order = host.order(upgrade.id());
        var ended = agent.last().filter(it -> it.order().equals(order) && !it.committed());
        if (ended.isPresent()) {
            returned(host, ended.get(), mine);
            return;
        }
        switch (agent.progress().filter(it -> it.order().equals(order)).orElse(null)) {
            case AgentBuilds.Doing doing -> {
                says(host, mine, doing.what());
                mine.busySince = Optional.empty();
                if (pace.isOver(mine.since, SILENCE)) {
                    unanswered(host, mine); // what it said last may have been lost
                }
            }
            case AgentBuilds.NotFollowed not -> notFollowed(host, not, mine);
            case null -> {
                if (pace.isOver(mine.since, NO_ANSWER)) {
                    unanswered(host, mine);
                }
            }
        }
    }

    private void returned(HostUpgrade host, Ended ended, Seen mine) {
        // nobody could keep it while the controller was away: that is no fault of the build
        boolean alone = host.epoch() != epoch && ended.code().equals("silent");
        if (alone && host.attempt() < MOST_ORDERS) {
            LOG.info("host {} went back while there was no controller: once more", host.shown());
            order(host, true, host.probes());
            return;
        }
        String why = mine.fault.isEmpty() ? ended.why() : ended.why() + "; " + mine.fault;
        hosts.end(
                host.ended(
                        State.RETURNED,
                        "build %s did not stand its trial: %s".formatted(ended.toBuild(), why),
                        ended.logLines(),
                        pace.now()),
                "its agent went back from %s: %s".formatted(ended.toBuild(), why));
    }

    private void notFollowed(HostUpgrade host, AgentBuilds.NotFollowed not, Seen mine) {
        boolean passes = not.code().equals("busy") || not.code().equals("stale_epoch");
        if (!passes) {
            refused(host, not.why(), not.remedy());
            return;
        }
        if (mine.busySince.isEmpty()) {
            mine.busySince = Optional.of(pace.now());
        }
        says(host, mine, "waits: " + not.why());
        if (pace.isOver(mine.busySince.get(), BUSY_LIMIT)) {
            refused(host, not.why(), "davit agents upgrade again, when that is over");
        } else if (cancelled.get()) {
            refused(host, "it had not begun when the upgrade was cancelled", "");
        } else if (pace.isOver(mine.since, BUSY_PAUSE)) {
            mine.since = pace.now();
            send(host, upgrade.again());
        }
    }

    private void unanswered(HostUpgrade host, Seen mine) {
        if (++mine.ordersWithoutAnswer >= MOST_ORDERS) {
            lost(host, "its agent does not answer an order to upgrade");
        } else {
            mine.since = pace.now();
            send(host, upgrade.again() || host.epoch() != epoch);
        }
    }

    /** Ends the part of a host that does not follow, or cannot. */
    void refused(HostUpgrade host, String why, String remedy) {
        String said = remedy.isEmpty() ? why : why + "; " + remedy;
        hosts.end(
                host.ended(State.REFUSED, said, List.of(), pace.now()),
                "its agent is not upgraded: " + said);
    }

    private void lost(HostUpgrade host, String why) {
        hosts.end(
                host.ended(State.LOST, why, List.of(), pace.now()),
                "its agent is not heard of since it was to be upgraded: " + why);
    }

    private void says(HostUpgrade host, Seen mine, String what) {
        if (!what.equals(mine.said)) {
            mine.said = what;
            mine.since = pace.now();
            hosts.save(host.says(what));
        }
    }
}
