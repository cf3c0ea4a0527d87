package io.davit.controller.upgrade;

import io.davit.common.HostId;
import io.davit.controller.agentlink.AgentBuilds;
import io.davit.controller.agentlink.AgentBuilds.Ended;
import io.davit.controller.agentlink.AgentBuilds.RunningAgent;
import io.davit.controller.audit.Actor;
import io.davit.controller.execute.Pace;
import io.davit.controller.health.EventLog;
import io.davit.controller.plan.Blocker;
import io.davit.controller.upgrade.HostUpgrade.State;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicBoolean;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Brings an upgrade of agents to its end, level-triggered: at each look it sees what every host
 * runs, so that losing the controller is the same as looking anew.
 *
 * <ol>
 *   <li>Each host that was sent an order is looked at. One that runs the new build on trial is told
 *       that it is kept once it has said the version that was ordered, has reported the health of
 *       its roles, none of them worse than before, and has held its session for {@value
 *       #HOLD_SECONDS} s since.
 *   <li>A host that went back, refused, or is not heard of ends the upgrade: what has begun ends,
 *       nothing else begins, and hosts that are through stay as they are.
 *   <li>When a batch is through, and the clusters whose hosts have been or are to be touched are no
 *       worse than when the upgrade began, and no operation runs on them, the next one begins. Both
 *       are waited for, within limits.
 *   <li>A host that is away at its turn is left out, and told in the end.
 *   <li>One that goes on saying something new has {@value #LONGEST_MINUTES} minutes in all.
 * </ol>
 *
 * An operation that begins meanwhile is not held up: a host with a step in hand puts its order off,
 * and one on trial takes no step.
 */
final class UpgradeRun {

    private static final Logger LOG = LoggerFactory.getLogger(UpgradeRun.class);

    static final int HOLD_SECONDS = 10;
    private static final Duration HOLD = Duration.ofSeconds(HOLD_SECONDS);
    private static final Duration BETWEEN_LOOKS = Duration.ofSeconds(1);
    private static final Duration BUSY_PAUSE = Duration.ofSeconds(5);
    private static final Duration BUSY_LIMIT = Duration.ofMinutes(30);
    private static final Duration NO_ANSWER = Duration.ofSeconds(30);

    /** A trial, the way back, a slow start of the one before, and its way to here. */
    private static final Duration SILENCE = AgentBuilds.TRIAL.multipliedBy(4);

    /** Twice the longest pause between two reports of an agent that is well. */
    private static final Duration FIRST_REPORT = Duration.ofSeconds(60);

    private static final Duration COMING_BACK = Duration.ofMinutes(2);
    private static final Duration OPERATION_LIMIT = Duration.ofHours(1);
    private static final Duration HEALTH_LIMIT = Duration.ofMinutes(3);
    private static final Duration HEALTH_PAUSE = Duration.ofSeconds(3);
    private static final int MOST_ORDERS = 3;

    /** As long as waiting for its steps, the way of the build, and two more trials take. */
    static final int LONGEST_MINUTES = 45;

    private static final Duration LONGEST = Duration.ofMinutes(LONGEST_MINUTES);

    private final UpgradeStore store;
    private final AgentBuilds agents;
    private final Fleet fleet;
    private final EventLog events;
    private final Pace pace;
    private final long epoch;
    private final AtomicBoolean cancelled;

    /**
     * Until when hosts that are away may be on their way back to a controller that was restarted.
     */
    private final Instant comingBack;

    /** What this run has seen of hosts that were sent an order; made anew after a restart. */
    private final Map<String, Seen> seen = new HashMap<>();

    private final TreeMap<Integer, HostUpgrade> hosts = new TreeMap<>();
    private UpgradeRecord upgrade;
    private volatile String waitsFor = "";
    private Optional<Instant> gateSince = Optional.empty();

    UpgradeRun(
            UpgradeRecord upgrade,
            UpgradeStore store,
            AgentBuilds agents,
            Fleet fleet,
            EventLog events,
            Pace pace,
            long epoch,
            AtomicBoolean cancelled,
            boolean afterRestart) {
        this.upgrade = upgrade;
        this.store = store;
        this.agents = agents;
        this.fleet = fleet;
        this.events = events;
        this.pace = pace;
        this.epoch = epoch;
        this.cancelled = cancelled;
        this.comingBack = afterRestart ? pace.now().plus(COMING_BACK) : pace.now();
        store.hosts(upgrade.id()).forEach(host -> hosts.put(host.place(), host));
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

    String waitsFor() {
        return waitsFor;
    }

    /** Returns when the upgrade has ended; interrupted, it goes on in the next reign. */
    void run() throws InterruptedException {
        while (!look()) {
            pace.sleep(BETWEEN_LOOKS);
        }
    }

    /** Looks once; whether it has ended. */
    boolean look() throws InterruptedException {
        for (HostUpgrade host : List.copyOf(hosts.values())) {
            if (host.state() == State.SENT) {
                settle(host);
            }
        }
        if (hosts.values().stream().anyMatch(host -> host.state() == State.SENT)) {
            return false;
        }
        var failed = hosts.values().stream().filter(host -> host.state().failed()).toList();
        if (cancelled.get()) {
            return end(
                    UpgradeRecord.State.CANCELLED, failed.stream().map(UpgradeRun::cause).toList());
        }
        if (!failed.isEmpty()) {
            return end(UpgradeRecord.State.FAILED, failed.stream().map(UpgradeRun::cause).toList());
        }
        var next =
                hosts.values().stream().filter(host -> host.state() == State.WAITING).findFirst();
        if (next.isEmpty()) {
            return finish();
        }
        return begin(next.get().batch());
    }

    // ---- hosts that have begun ----

    private void settle(HostUpgrade host) {
        var mine = seen.computeIfAbsent(host.hostId(), _ -> new Seen(pace.now()));
        var agent = agents.agent(new HostId(host.hostId())).filter(RunningAgent::connected);
        if (agent.isEmpty()) {
            mine.well = Optional.empty();
            if (isOver(mine.since, SILENCE)) {
                lost(host, "it has had no session for " + SILENCE.toSeconds() + " s");
            }
        } else if (agent.get().build().equals(host.target().build())) {
            onTrial(host, agent.get(), mine);
        } else {
            before(host, agent.get(), mine);
        }
        var now = Optional.ofNullable(hosts.get(host.place())).orElse(host);
        if (now.state() == State.SENT && isOver(mine.begun, LONGEST)) {
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
            if (isOver(mine.since, SILENCE)) {
                lost(host, fault + "; it has not gone back by itself");
            }
            return;
        }
        if (!agent.onTrial()) {
            save(host.ended(State.DONE, "", List.of(), pace.now()));
            tell(host, "its agent is now %s".formatted(host.target().build()));
            return;
        }
        mine.fault = "";
        if (mine.well.isEmpty()) {
            mine.well = Optional.of(pace.now());
            says(host, mine, "it is back and well; held for " + HOLD_SECONDS + " s");
        }
        if (isOver(mine.well.get(), HOLD)) {
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
                if (isOver(mine.since, SILENCE)) {
                    unanswered(host, mine); // what it said last may have been lost
                }
            }
            case AgentBuilds.NotFollowed not -> notFollowed(host, not, mine);
            case null -> {
                if (isOver(mine.since, NO_ANSWER)) {
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
        save(
                host.ended(
                        State.RETURNED,
                        "build %s did not stand its trial: %s".formatted(ended.toBuild(), why),
                        ended.logLines(),
                        pace.now()));
        tell(host, "its agent went back from %s: %s".formatted(ended.toBuild(), why));
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
        if (isOver(mine.busySince.get(), BUSY_LIMIT)) {
            refused(host, not.why(), "davit agents upgrade again, when that is over");
        } else if (cancelled.get()) {
            refused(host, "it had not begun when the upgrade was cancelled", "");
        } else if (isOver(mine.since, BUSY_PAUSE)) {
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

    private void refused(HostUpgrade host, String why, String remedy) {
        String said = remedy.isEmpty() ? why : why + "; " + remedy;
        save(host.ended(State.REFUSED, said, List.of(), pace.now()));
        tell(host, "its agent is not upgraded: " + said);
    }

    private void lost(HostUpgrade host, String why) {
        save(host.ended(State.LOST, why, List.of(), pace.now()));
        tell(host, "its agent is not heard of since it was to be upgraded: " + why);
    }

    private void says(HostUpgrade host, Seen mine, String what) {
        if (!what.equals(mine.said)) {
            mine.said = what;
            mine.since = pace.now();
            save(host.says(what));
        }
    }

    // ---- the next batch ----

    /** Whether it has ended. */
    private boolean begin(int batch) throws InterruptedException {
        var gate = gate(batch);
        if (gate instanceof Closed closed) {
            return end(
                    UpgradeRecord.State.FAILED,
                    List.of(new Blocker("", "", "", closed.why(), closed.remedy())));
        }
        if (gate instanceof Wait wait) {
            waitsFor = wait.why();
            pace.sleep(HEALTH_PAUSE);
            return false;
        }
        waitsFor = "";
        gateSince = Optional.empty();
        for (HostUpgrade host : List.copyOf(hosts.values())) {
            if (host.batch() == batch && host.state() == State.WAITING) {
                begin(host);
            }
        }
        return false;
    }

    private void begin(HostUpgrade host) {
        var agent = agents.agent(new HostId(host.hostId()));
        var now = agent.filter(RunningAgent::connected);
        var known = agent.map(it -> host.runs(it.version(), it.build())).orElse(host);
        if (now.isEmpty()) {
            if (!pace.now().isBefore(comingBack)) {
                save(known.ended(State.AWAY, "it is away", List.of(), pace.now()));
            } else {
                waitsFor = host.shown() + " to connect";
            }
        } else if (now.get().build().equals(host.target().build()) && !now.get().onTrial()) {
            save(known.ended(State.DONE, "it ran this build already", List.of(), pace.now()));
        } else if (now.get().build().isEmpty()) {
            refused(
                    known,
                    "its agent " + now.get().version() + " cannot be upgraded by the controller",
                    "run install.sh --agent of the newest package on the host, once");
        } else if (now.get().wellProbes().isEmpty() && !isOver(first(host), FIRST_REPORT)) {
            waitsFor = host.shown() + " to report its health";
        } else {
            order(known, upgrade.again(), now.get().wellProbes().orElse(List.of()));
        }
    }

    /** Since when it is this host's turn. */
    private Instant first(HostUpgrade host) {
        return seen.computeIfAbsent(host.hostId(), _ -> new Seen(pace.now())).since;
    }

    private void order(HostUpgrade host, boolean again, List<String> probes) {
        var sent = host.sent(epoch, probes, pace.now());
        seen.put(host.hostId(), new Seen(pace.now()));
        save(sent);
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

    private sealed interface Gate {}

    private record Open() implements Gate {}

    private record Wait(String why) implements Gate {}

    private record Closed(String why, String remedy) implements Gate {}

    private Gate gate(int batch) throws InterruptedException {
        var touched = new HashSet<String>();
        hosts.values().stream()
                .filter(host -> host.batch() <= batch && !host.cluster().isEmpty())
                .forEach(host -> touched.add(host.cluster()));
        if (gateSince.isEmpty()) {
            gateSince = Optional.of(pace.now());
        }
        for (String cluster : touched.stream().sorted().toList()) {
            var running = fleet.runningOperation(cluster);
            if (running.isPresent()) {
                String why = "operation %s runs on cluster %s".formatted(running.get(), cluster);
                return isOver(gateSince.get(), OPERATION_LIMIT)
                        ? new Closed(why, "davit agents upgrade again, when it has ended")
                        : new Wait(why);
            }
        }
        for (String cluster : touched.stream().sorted().toList()) {
            var now = fleet.standing(cluster);
            if (now.badness() > upgrade.badness().getOrDefault(cluster, 0)) {
                String why =
                        "cluster %s is %s, and was %s when the upgrade began: %s"
                                .formatted(
                                        cluster,
                                        now.text(),
                                        new Fleet.Standing(
                                                        upgrade.badness().getOrDefault(cluster, 0),
                                                        "")
                                                .text(),
                                        now.why());
                return isOver(gateSince.get(), HEALTH_LIMIT)
                        ? new Closed(why, "davit why " + cluster + ", then davit agents upgrade")
                        : new Wait(why);
            }
        }
        return new Open();
    }

    // ---- the end ----

    private boolean finish() {
        var away = hosts.values().stream().filter(host -> host.state() == State.AWAY).toList();
        return away.isEmpty()
                ? end(UpgradeRecord.State.DONE, List.of())
                : end(
                        UpgradeRecord.State.INCOMPLETE,
                        away.stream()
                                .map(host ->
                                        new Blocker(
                                                host.shown(),
                                                "",
                                                "",
                                                "it was away",
                                                "davit agents upgrade again, when it is back"))
                                .toList());
    }

    private static Blocker cause(HostUpgrade host) {
        return new Blocker(
                host.shown(),
                "",
                "",
                host.detail(),
                host.state() == State.RETURNED
                        ? "the host runs %s as before; davit agents shows the last lines of the other"
                                .formatted(host.fromBuild())
                        : "journalctl -u davit-agent -u davit-agent-switch on the host tells more");
    }

    private boolean end(UpgradeRecord.State how, List<Blocker> why) {
        waitsFor = "";
        upgrade = upgrade.ended(how, why, pace.now());
        store.save(Actor.controller(), upgrade);
        LOG.info("upgrade {} of agents: {}", upgrade.id(), how);
        return true;
    }

    private void save(HostUpgrade host) {
        hosts.put(host.place(), host);
        store.save(upgrade.id(), host);
    }

    private void tell(HostUpgrade host, String text) {
        LOG.info("{}: {}", host.shown(), text);
        events.add(new HostId(host.hostId()), EventLog.Kind.AGENT, "", text);
    }

    private boolean isOver(Instant since, Duration limit) {
        return Duration.between(since, pace.now()).compareTo(limit) > 0;
    }
}
