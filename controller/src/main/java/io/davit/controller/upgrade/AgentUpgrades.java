package io.davit.controller.upgrade;

import io.davit.common.DavitVersion;
import io.davit.common.HostId;
import io.davit.controller.agentlink.AgentBuilds;
import io.davit.controller.agentlink.AgentBuilds.RunningAgent;
import io.davit.controller.agentlink.ArtifactGate;
import io.davit.controller.audit.Actor;
import io.davit.controller.audit.Changes;
import io.davit.controller.execute.Pace;
import io.davit.controller.execute.StoredEnd;
import io.davit.controller.health.EventLog;
import io.davit.controller.plan.Blocker;
import io.davit.controller.store.StateStore;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Upgrades of agents, one at a time. After a start of the controller {@link #resume} goes on with
 * the one that ran.
 */
public final class AgentUpgrades implements ArtifactGate, AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(AgentUpgrades.class);
    private static final String AGAIN = "davit agents upgrade";

    private final AgentPackages packages;
    private final AgentBuilds agents;
    private final Fleet fleet;
    private final UpgradeStore store;
    private final EventLog events;
    private final Pace pace;
    private final long epoch;
    private final String controllerVersion;
    private final Supplier<String> ids;
    private final AtomicBoolean cancelled = new AtomicBoolean();
    private @Nullable Thread thread;
    private @Nullable UpgradeRun run;

    /**
     * @param ids of upgrades; they sort by time
     */
    public AgentUpgrades(
            AgentPackages packages,
            AgentBuilds agents,
            Fleet fleet,
            Changes changes,
            StateStore store,
            EventLog events,
            Pace pace,
            long epoch,
            String controllerVersion,
            Supplier<String> ids) {
        this.packages = packages;
        this.agents = agents;
        this.fleet = fleet;
        this.store = new UpgradeStore(changes, store);
        this.events = events;
        this.pace = pace;
        this.epoch = epoch;
        this.controllerVersion = controllerVersion;
        this.ids = ids;
    }

    /**
     * A wish.
     *
     * @param hosts as people name them; empty: all
     * @param version or build; empty: the controller's own
     * @param again also to what did not stand its trial on a host before
     */
    public record Wish(List<String> hosts, String version, boolean again) {
        public Wish {
            hosts = List.copyOf(hosts);
        }
    }

    /** What comes of a wish. */
    public sealed interface Answer {}

    /** Something is in the way; nothing was done. */
    public record Refused(List<Blocker> why) implements Answer {
        public Refused {
            why = List.copyOf(why);
        }
    }

    /** They all run it. */
    public record NothingToDo() implements Answer {}

    /** This is what it does, or would do. */
    public record Accepted(View view) implements Answer {}

    /**
     * An upgrade with its hosts.
     *
     * @param waitsFor what the next batch waits for; empty if for nothing
     */
    public record View(UpgradeRecord upgrade, List<HostUpgrade> hosts, String waitsFor) {
        public View {
            hosts = List.copyOf(hosts);
        }
    }

    /** The newest, running or ended. */
    public synchronized Optional<View> newest() {
        return store.newest()
                .map(upgrade ->
                        new View(
                                upgrade,
                                store.hosts(upgrade.id()),
                                run == null || upgrade.state().ended() ? "" : run.waitsFor()));
    }

    /** What would be done. */
    public Answer plan(Wish wish) throws InterruptedException {
        return draft(Actor.controller(), wish);
    }

    /** Does it; where all of it is being done already, it is not begun twice. */
    public Answer begin(Actor actor, Wish wish) throws InterruptedException {
        var draft = draft(actor, wish);
        if (!(draft instanceof Accepted accepted)) {
            return draft;
        }
        var upgrade = accepted.view().upgrade();
        var other = store.begin(actor, upgrade, accepted.view().hosts());
        if (other.isPresent()) {
            return beside(other.get(), accepted.view());
        }
        LOG.info(
                "upgrade {} of {} agents to {} is accepted",
                upgrade.id(),
                accepted.view().hosts().size(),
                upgrade.version());
        start(upgrade, false);
        return accepted;
    }

    private Answer beside(UpgradeRecord running, View wanted) {
        boolean again = running.again() || !wanted.upgrade().again();
        return again && targets(store.hosts(running.id())).containsAll(targets(wanted.hosts()))
                ? newest().<Answer>map(Accepted::new).orElseThrow()
                : new Refused(List.of(busy(running)));
    }

    private static Set<List<String>> targets(List<HostUpgrade> hosts) {
        return hosts.stream()
                .map(host -> List.of(host.hostId(), host.target().build()))
                .collect(Collectors.toSet());
    }

    private static Blocker busy(UpgradeRecord running) {
        return new Blocker(
                "",
                "",
                "",
                "upgrade " + running.id() + " of agents to " + running.version() + " runs",
                "davit agents shows it; davit agents cancel ends it");
    }

    private Answer draft(Actor actor, Wish wish) throws InterruptedException {
        var refused = new ArrayList<Blocker>();
        var members = members(wish.hosts(), refused);
        var targets = targets(wish.version(), refused);
        if (!refused.isEmpty()) {
            return new Refused(refused);
        }
        var chosen = new HashMap<HostId, AgentPackage>();
        var upgraded = new ArrayList<Member>();
        for (Member member : members) {
            var agent = agents.agent(member.id());
            var target =
                    agent.map(RunningAgent::arch)
                            .filter(arch -> !arch.isEmpty())
                            .map(targets::get)
                            .or(() ->
                                    agent.isEmpty()
                                            ? targets.values().stream().findFirst()
                                            : Optional.empty());
            if (target.isEmpty()) {
                refused.add(
                        new Blocker(
                                member.shown(),
                                "",
                                "",
                                "there is no agent %s for its architecture %s"
                                        .formatted(
                                                wish.version().isEmpty()
                                                        ? controllerVersion
                                                        : wish.version(),
                                                agent.map(RunningAgent::arch).orElse("")),
                                "davit agents import FILE on the controller's host"));
            } else if (agent.isPresent() && agent.get().build().isEmpty()) {
                refused.add(
                        new Blocker(
                                member.shown(),
                                "",
                                "",
                                "its agent "
                                        + agent.get().version()
                                        + " cannot be upgraded by the controller",
                                "run install.sh --agent of the newest package there once, or name"
                                        + " the others with --host"));
            } else if (agent.isEmpty()
                    || agent.get().onTrial()
                    || !agent.get().build().equals(target.get().build())) {
                chosen.put(member.id(), target.get());
                upgraded.add(member);
            }
        }
        if (!refused.isEmpty()) {
            return new Refused(refused);
        }
        if (upgraded.isEmpty()) {
            return new NothingToDo();
        }
        return new Accepted(draft(actor, wish, upgraded, chosen));
    }

    private View draft(
            Actor actor, Wish wish, List<Member> members, Map<HostId, AgentPackage> targets)
            throws InterruptedException {
        var hosts = new ArrayList<HostUpgrade>();
        var badness = new HashMap<String, Integer>();
        var batches = Batches.of(members);
        for (int batch = 0; batch < batches.size(); batch++) {
            for (Member member : batches.get(batch)) {
                var target = Optional.ofNullable(targets.get(member.id())).orElseThrow();
                var host = HostUpgrade.waiting(member, hosts.size(), batch, target);
                hosts.add(
                        agents.agent(member.id())
                                .map(it -> host.runs(it.version(), it.build()))
                                .orElse(host));
                if (!member.cluster().isEmpty() && !badness.containsKey(member.cluster())) {
                    badness.put(member.cluster(), fleet.standing(member.cluster()).badness());
                }
            }
        }
        return new View(
                new UpgradeRecord(
                        ids.get(),
                        hosts.getFirst().target().version(),
                        UpgradeRecord.State.RUNNING,
                        actor.name(),
                        wish.again(),
                        badness,
                        pace.now(),
                        Optional.empty(),
                        List.of()),
                hosts,
                "");
    }

    private List<Member> members(List<String> names, List<Blocker> refused) {
        var all = fleet.members();
        if (names.isEmpty()) {
            return all;
        }
        var found = new ArrayList<Member>();
        for (String name : names) {
            var these = all.stream().filter(member -> isCalled(member, name)).toList();
            if (these.size() == 1) {
                found.addAll(these);
            } else {
                refused.add(
                        new Blocker(
                                "",
                                "",
                                "",
                                "cannot upgrade host \"%s\": %s"
                                        .formatted(
                                                name,
                                                these.isEmpty()
                                                        ? "no accepted host is called so"
                                                        : these.size() + " hosts are called so"),
                                "davit agents lists them; CLUSTER/NAME or the first digits of the"
                                        + " id tell them apart"));
            }
        }
        return found.stream().distinct().toList();
    }

    private static boolean isCalled(Member member, String name) {
        return name.equals(member.shown())
                || name.equals(member.name())
                || name.equals(member.hostname())
                || name.length() >= 6 && member.id().value().startsWith(name);
    }

    /** By architecture. */
    private Map<String, AgentPackage> targets(String version, List<Blocker> refused) {
        var found = new HashMap<String, AgentPackage>();
        for (AgentPackage each : packages.all()) {
            boolean wanted =
                    version.isEmpty()
                            ? each.own() || each.version().equals(controllerVersion)
                            : version.equals(each.version()) || version.equals(each.build());
            if (wanted) {
                found.putIfAbsent(each.arch(), each);
            }
        }
        if (found.isEmpty()) {
            refused.add(
                    new Blocker(
                            "",
                            "",
                            "",
                            version.isEmpty()
                                    ? "this controller was installed without an agent"
                                    : "there is no agent " + version + " here",
                            "davit agents lists those that are; davit agents import FILE on the"
                                    + " controller's host adds one"));
        }
        for (AgentPackage each : found.values()) {
            unfit(each).ifPresent(refused::add);
        }
        return found;
    }

    private Optional<Blocker> unfit(AgentPackage target) {
        var next = DavitVersion.parse(target.version());
        var ours = DavitVersion.parse(controllerVersion);
        if (next.isEmpty() || ours.isEmpty()) {
            return Optional.empty();
        }
        if (next.get().compareTo(ours.get()) > 0) {
            return Optional.of(
                    new Blocker(
                            "",
                            "",
                            "",
                            "agent %s is newer than this controller, %s"
                                    .formatted(next.get(), ours.get()),
                            "the controller first: install.sh --controller of the newer package"));
        }
        return next.get().worksWith(ours.get())
                ? Optional.empty()
                : Optional.of(
                        new Blocker(
                                "",
                                "",
                                "",
                                "agent %s is more than one minor version older than this controller,"
                                                .formatted(next.get())
                                        + " "
                                        + ours.get(),
                                "it would get no steps; take a newer one"));
    }

    private synchronized void start(UpgradeRecord upgrade, boolean afterRestart) {
        cancelled.set(upgrade.state() == UpgradeRecord.State.CANCELLING);
        var next =
                new UpgradeRun(
                        upgrade,
                        store,
                        agents,
                        fleet,
                        events,
                        pace,
                        epoch,
                        cancelled,
                        afterRestart);
        run = next;
        thread = Thread.ofVirtual().name("agents-upgrade").start(() -> run(next, upgrade));
    }

    private void run(UpgradeRun next, UpgradeRecord upgrade) {
        try {
            next.run();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt(); // the store says RUNNING: it goes on later
        } catch (RuntimeException e) {
            LOG.error("cannot go on with upgrade {} of agents", upgrade.id(), e);
            var end =
                    upgrade.ended(
                            UpgradeRecord.State.FAILED,
                            List.of(
                                    new Blocker(
                                            "",
                                            "",
                                            "",
                                            "the controller failed: " + e,
                                            "see its log; then " + AGAIN)),
                            pace.now());
            StoredEnd.store(
                    "upgrade " + end.id() + " of agents",
                    pace,
                    () -> store.save(Actor.controller(), end));
        }
    }

    /** Goes on with what ran when the controller stopped. */
    public void resume() {
        store.running().ifPresent(upgrade -> start(upgrade, true));
    }

    /** No further host begins; empty if none runs. */
    public synchronized Optional<View> cancel(Actor actor) {
        var runs = store.running();
        if (runs.isEmpty()) {
            return Optional.empty();
        }
        if (runs.get().state() == UpgradeRecord.State.RUNNING) {
            store.save(actor, runs.get().cancelling());
        }
        cancelled.set(true);
        return newest();
    }

    @Override
    public boolean mayFetch(HostId from, String sha256) {
        return store.running().stream()
                .flatMap(upgrade -> store.hosts(upgrade.id()).stream())
                .anyMatch(host ->
                        host.state() == HostUpgrade.State.SENT
                                && host.hostId().equals(from.value())
                                && host.target().sha256().equals(sha256));
    }

    @Override
    public void close() {
        var running = thread;
        if (running != null) {
            running.interrupt();
            try {
                running.join(Duration.ofSeconds(30));
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
    }
}
