package io.davit.controller.simulate;

import io.davit.common.HostId;
import io.davit.controller.agentlink.AgentBuilds;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Agents that are replaced, in memory and in simulated time: fetching, the change, the trial, and
 * the way back by themselves, as davit-agent-switch does it. What a build is like is told
 * beforehand.
 */
public final class SimulatedAgents implements AgentBuilds {

    private static final Duration FETCH = Duration.ofSeconds(3);
    private static final Duration START = Duration.ofSeconds(2);
    private static final Duration FAILS_AFTER = Duration.ofSeconds(12);
    private static final List<String> PROBES = List.of("etcd/etcd-health", "worker/kubelet");

    private final SimulatedPace pace;
    private final Map<HostId, Agent> agents = new LinkedHashMap<>();
    private final Map<String, Behaviour> behaviours = new HashMap<>();
    private final List<HostId> replaced = new ArrayList<>();

    /** What a build does when it is started. */
    public enum Behaviour {
        GOOD,
        /** It ends at once, again and again. */
        FAILS,
        /** It runs and connects to nobody. */
        SILENT,
        /** It says that it is another version. */
        WRONG_VERSION,
        /** One of the probes of its host is not ok any more. */
        SICK
    }

    public SimulatedAgents(SimulatedPace pace) {
        this.pace = pace;
    }

    private static final class Agent {
        private String version = "";
        private String build = "";
        private boolean connected = true;
        private boolean answers = true;
        private boolean talksForEver;
        private Instant busyUntil = Instant.EPOCH;
        private Optional<Order> order = Optional.empty();
        private Instant orderedAt = Instant.EPOCH;
        private Optional<Progress> progress = Optional.empty();
        private Optional<Ended> last = Optional.empty();
        private Optional<Trial> trial = Optional.empty();
    }

    private record Trial(Order order, String fromVersion, String fromBuild, Instant began) {}

    /** A host whose agent runs this. */
    public synchronized void add(HostId host, String version, String build) {
        var agent = new Agent();
        agent.version = version;
        agent.build = build;
        agents.put(host, agent);
    }

    public synchronized void behave(String build, Behaviour behaviour) {
        behaviours.put(build, behaviour);
    }

    public synchronized void connected(HostId host, boolean connected) {
        of(host).connected = connected;
    }

    /** It has a step in hand for so long. */
    public synchronized void busy(HostId host, Duration length) {
        of(host).busyUntil = pace.now().plus(length);
    }

    /** It does not know orders to upgrade. */
    public synchronized void deaf(HostId host) {
        of(host).answers = false;
    }

    /** It says something new at each look, and comes to no end. */
    public synchronized void talksForEver(HostId host) {
        of(host).talksForEver = true;
    }

    /** The hosts whose agents were put on trial, in that order. */
    public synchronized List<HostId> replaced() {
        return List.copyOf(replaced);
    }

    /** What a host's agent runs now. */
    public synchronized String build(HostId host) {
        passed(of(host), host);
        return of(host).build;
    }

    private Agent of(HostId host) {
        return Optional.ofNullable(agents.get(host)).orElseThrow();
    }

    /** Time has passed since anybody looked. */
    private void passed(Agent agent, HostId host) {
        agent.order.ifPresent(order -> begin(agent, host, order));
        agent.trial.ifPresent(trial -> goBack(agent, trial));
    }

    private void begin(Agent agent, HostId host, Order order) {
        if (agent.talksForEver) {
            agent.progress = Optional.of(new Doing(order.id(), "still at it, " + pace.now()));
            return;
        }
        if (pace.now().isBefore(agent.orderedAt.plus(FETCH))) {
            agent.progress = Optional.of(new Doing(order.id(), "fetched 1 of 2 MiB"));
            return;
        }
        agent.order = Optional.empty();
        if (pace.now().isBefore(agent.busyUntil)) {
            agent.progress =
                    Optional.of(
                            new NotFollowed(order.id(), "busy", "a step runs on this host", ""));
            return;
        }
        replaced.add(host);
        agent.trial = Optional.of(new Trial(order, agent.version, agent.build, pace.now()));
        agent.version =
                behaviour(order.build()) == Behaviour.WRONG_VERSION ? "9.9.9" : order.version();
        agent.build = order.build();
    }

    private Behaviour behaviour(String build) {
        return behaviours.getOrDefault(build, Behaviour.GOOD);
    }

    private void goBack(Agent agent, Trial trial) {
        boolean fails = behaviour(trial.order().build()) == Behaviour.FAILS;
        var limit = fails ? FAILS_AFTER : TRIAL;
        if (pace.now().isBefore(trial.began().plus(limit))) {
            return;
        }
        agent.version = trial.fromVersion();
        agent.build = trial.fromBuild();
        agent.trial = Optional.empty();
        agent.last =
                Optional.of(
                        new Ended(
                                trial.order().id(),
                                trial.order().build(),
                                false,
                                fails ? "fails" : "silent",
                                fails ? "it ended 2 times" : "it was not confirmed within 60 s",
                                List.of("its last words")));
    }

    @Override
    public synchronized Optional<RunningAgent> agent(HostId host) {
        var agent = of(host);
        passed(agent, host);
        boolean reaches =
                agent.trial
                        .map(trial ->
                                switch (behaviour(trial.order().build())) {
                                    case FAILS, SILENT -> false;
                                    case GOOD, WRONG_VERSION, SICK ->
                                            !pace.now().isBefore(trial.began().plus(START));
                                })
                        .orElse(true);
        boolean sick = behaviour(agent.build) == Behaviour.SICK;
        return Optional.of(
                new RunningAgent(
                        agent.connected && reaches,
                        agent.version,
                        agent.build,
                        agent.trial.isPresent(),
                        "amd64",
                        agent.last,
                        agent.progress,
                        Optional.of(sick ? PROBES.subList(1, 2) : PROBES)));
    }

    @Override
    public synchronized boolean order(HostId host, Order order) {
        var agent = of(host);
        if (!agent.connected) {
            return false;
        }
        agent.progress = Optional.empty();
        if (agent.answers) {
            agent.order = Optional.of(order);
            agent.orderedAt = pace.now();
        }
        return true;
    }

    @Override
    public synchronized void commit(HostId host, String build) {
        var agent = of(host);
        passed(agent, host);
        if (agent.build.equals(build)) {
            agent.trial = Optional.empty();
        }
    }
}
