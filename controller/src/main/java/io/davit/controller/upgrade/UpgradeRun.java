package io.davit.controller.upgrade;

import io.davit.common.HostId;
import io.davit.controller.agentlink.AgentBuilds;
import io.davit.controller.agentlink.AgentBuilds.RunningAgent;
import io.davit.controller.audit.Actor;
import io.davit.controller.execute.Pace;
import io.davit.controller.health.EventLog;
import io.davit.controller.plan.Blocker;
import io.davit.controller.upgrade.HostUpgrade.State;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Brings an upgrade of agents to its end, level-triggered: at each look it sees what every host
 * runs, so that losing the controller is the same as looking anew.
 *
 * <ol>
 *   <li>Each host that was sent an order is {@linkplain HostOrders seen through}.
 *   <li>A host that went back, refused, or is not heard of ends the upgrade: what has begun ends,
 *       nothing else begins, and hosts that are through stay as they are.
 *   <li>When a batch is through, the next one begins, if the {@linkplain UpgradeGate gate} is open.
 *   <li>A host that is away at its turn is left out, and told in the end.
 * </ol>
 *
 * An operation that begins meanwhile is not held up: a host with a step in hand puts its order off,
 * and one on trial takes no step.
 */
final class UpgradeRun {

    private static final Logger LOG = LoggerFactory.getLogger(UpgradeRun.class);

    private static final Duration BETWEEN_LOOKS = Duration.ofSeconds(1);

    /** Twice the longest pause between two reports of an agent that is well. */
    private static final Duration FIRST_REPORT = Duration.ofSeconds(60);

    private static final Duration COMING_BACK = Duration.ofMinutes(2);
    private static final Duration HEALTH_PAUSE = Duration.ofSeconds(3);

    private final UpgradeStore store;
    private final AgentBuilds agents;
    private final Pace pace;
    private final AtomicBoolean cancelled;
    private final UpgradeHosts hosts;
    private final HostOrders orders;
    private final UpgradeGate gate;

    /**
     * Until when hosts that are away may be on their way back to a controller that was restarted.
     */
    private final Instant comingBack;

    private UpgradeRecord upgrade;
    private volatile String waitsFor = "";

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
        this.pace = pace;
        this.cancelled = cancelled;
        this.comingBack = afterRestart ? pace.now().plus(COMING_BACK) : pace.now();
        this.hosts = new UpgradeHosts(upgrade.id(), store, events);
        this.orders = new HostOrders(upgrade, hosts, agents, pace, epoch, cancelled);
        this.gate = new UpgradeGate(upgrade, hosts, fleet, pace);
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
        hosts.in(State.SENT).forEach(orders::settle);
        if (!hosts.in(State.SENT).isEmpty()) {
            return false;
        }
        var failed =
                hosts.all().stream()
                        .filter(host -> host.state().failed())
                        .map(UpgradeRun::cause)
                        .toList();
        if (cancelled.get()) {
            return end(UpgradeRecord.State.CANCELLED, failed);
        }
        if (!failed.isEmpty()) {
            return end(UpgradeRecord.State.FAILED, failed);
        }
        var next = hosts.in(State.WAITING);
        if (next.isEmpty()) {
            return finish();
        }
        return begin(next.getFirst().batch());
    }

    // ---- the next batch ----

    /** Whether it has ended. */
    private boolean begin(int batch) throws InterruptedException {
        var answer = gate.ask(batch);
        if (answer instanceof UpgradeGate.Closed closed) {
            return end(
                    UpgradeRecord.State.FAILED,
                    List.of(new Blocker("", "", "", closed.why(), closed.remedy())));
        }
        if (answer instanceof UpgradeGate.Wait wait) {
            waitsFor = wait.why();
            pace.sleep(HEALTH_PAUSE);
            return false;
        }
        waitsFor = "";
        for (HostUpgrade host : hosts.in(State.WAITING)) {
            if (host.batch() == batch) {
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
                hosts.save(known.ended(State.AWAY, "it is away", List.of(), pace.now()));
            } else {
                waitsFor = host.shown() + " to connect";
            }
        } else if (now.get().build().equals(host.target().build()) && !now.get().onTrial()) {
            hosts.save(known.ended(State.DONE, "it ran this build already", List.of(), pace.now()));
        } else if (now.get().build().isEmpty()) {
            orders.refused(
                    known,
                    "its agent " + now.get().version() + " cannot be upgraded by the controller",
                    "run install.sh --agent of the newest package on the host, once");
        } else if (now.get().wellProbes().isEmpty()
                && !pace.isOver(orders.turnSince(host), FIRST_REPORT)) {
            waitsFor = host.shown() + " to report its health";
        } else {
            orders.order(known, upgrade.again(), now.get().wellProbes().orElse(List.of()));
        }
    }

    // ---- the end ----

    private boolean finish() {
        var away = hosts.in(State.AWAY);
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
}
