package io.davit.controller.role.controlplane;

import io.davit.common.K3sKeys;
import io.davit.controller.plan.Blocker;
import io.davit.controller.plan.BoundHost;
import io.davit.controller.plan.Content;
import io.davit.controller.plan.ControllerWork.AwaitProbe;
import io.davit.controller.plan.ControllerWork.AwaitTurn;
import io.davit.controller.plan.ControllerWork.MarkFirstServer;
import io.davit.controller.plan.ControllerWork.MarkFirstServerDone;
import io.davit.controller.plan.ControllerWork.MarkJoined;
import io.davit.controller.plan.ControllerWork.MayRestart;
import io.davit.controller.plan.Deadlines;
import io.davit.controller.plan.Draft;
import io.davit.controller.plan.FirstServer;
import io.davit.controller.plan.HostWork;
import io.davit.controller.plan.MaterialNames;
import io.davit.controller.plan.Milestone;
import io.davit.controller.plan.ProbeCall;
import io.davit.controller.plan.Reason;
import io.davit.controller.plan.Reason.Why;
import io.davit.controller.plan.RolePlanner;
import io.davit.controller.plan.ServiceWork;
import io.davit.controller.plan.ServiceWork.Change;
import io.davit.controller.plan.ServiceWork.Downtime;
import io.davit.controller.plan.SlotPlace;
import io.davit.controller.plan.World;
import io.davit.controller.role.BackendDrain;
import io.davit.controller.role.K3sToken;
import io.davit.controller.role.MarksConfig;
import io.davit.controller.role.Profiles;
import io.davit.controller.role.RegistriesConfig;
import io.davit.controller.role.Witnesses;
import io.davit.controller.spec.Role;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;

/**
 * Plans k3s servers.
 *
 * <ol>
 *   <li>Every server is prepared beside everything else: binary, CAs (placed before first boot and
 *       never touched again, since k3s may rotate them), tokens, its client certificate for etcd,
 *       configuration.
 *   <li>Exactly one starts on an empty datastore: the one ever chosen, else the lowest name. It is
 *       <em>done</em> when /ping answers and its bootstrap key stands in etcd. Servers that
 *       first-boot together keep different CAs and encryption configs.
 *   <li>Then the others start at once, each until /readyz and its node say so.
 *   <li>Servers that must restart do so one after another, those that serve nothing now first: LB
 *       drain, restart, /readyz and node, LB ready, and every load balancer finds it up.
 * </ol>
 */
public final class ControlPlaneRole implements RolePlanner {

    static final String ROLE = "control-plane";
    private static final String UNIT = "k3s";

    /**
     * At each start k3s takes its users from the configuration, where the agent token may have
     * changed since the first server stored them. An agent that does not know how refuses the step,
     * before anything restarts.
     */
    private static final Map<String, String> UNIT_PARAMETERS = Map.of("users-anew", "true");

    private static final SlotPlace CONFIG =
            SlotPlace.open("control-plane.config", "0600", "root", "root");
    private static final SlotPlace ETCD_CA =
            SlotPlace.open("control-plane.etcd-ca", "0644", "root", "root");
    private static final SlotPlace TOKEN = SlotPlace.secret("control-plane.token");
    private static final SlotPlace AGENT_TOKEN = SlotPlace.secret("control-plane.agent-token");
    private static final SlotPlace SERVICE_KEY = SlotPlace.secret("control-plane.service-key");

    private final K3sKeys keys;

    public ControlPlaneRole(K3sKeys keys) {
        this.keys = keys;
    }

    @Override
    public Role role() {
        return Role.CONTROL_PLANE;
    }

    @Override
    public void plan(World world, Draft draft) {
        var servers = new ArrayList<Server>();
        for (BoundHost host : world.here(Role.CONTROL_PLANE)) {
            servers.add(prepare(world, draft, host));
        }
        if (bootstrap(world, servers, draft)) {
            startOthers(world, servers, draft);
        }
    }

    /** One server's drafting. */
    private record Server(BoundHost host, HostWork work, ServiceWork service, boolean joined) {}

    private Server prepare(World world, Draft draft, BoundHost host) {
        var work = new HostWork(world, draft, host, ROLE);
        String version = world.spec().k3sVersion().toString();
        work.prepare();
        work.artifact("k3s", version, true, false);
        work.artifact("k3s-images", version, false, true);
        for (String authority : MaterialNames.K3S_CAS) {
            work.fileOnce(
                    SlotPlace.open(ROLE + "." + authority + "-cert", "0644", "root", "root"),
                    Content.of(world.secret(MaterialNames.k3sCertificate(authority))));
            work.fileOnce(
                    SlotPlace.secret(ROLE + "." + authority + "-key"),
                    Content.of(world.secret(MaterialNames.k3sKey(authority))));
        }
        work.fileOnce(SERVICE_KEY, Content.of(world.secret(MaterialNames.K3S_SERVICE_KEY)));
        work.file(ETCD_CA, Content.of(world.secret(MaterialNames.ETCD_CA)), true);
        work.certificate(
                ROLE + ".etcd-client",
                Profiles.of(
                        world,
                        Profiles.ETCD,
                        host.name(),
                        List.of(),
                        List.of(),
                        List.of("clientAuth")),
                true);
        work.file(TOKEN, K3sToken.server(world), true);
        work.agentToken(AGENT_TOKEN, K3sToken.agent(world));
        RegistriesConfig.draft(work, ROLE, world.spec().registries());
        MarksConfig.draft(work, ROLE, host.spec().marks());
        work.file(CONFIG, Content.text(ServerConfig.render(keys, world.spec(), host.spec())), true);
        return new Server(
                host,
                work,
                new ServiceWork(work, UNIT, UNIT_PARAMETERS, List.copyOf(UNIT_PARAMETERS.keySet())),
                world.record().hasJoined(ROLE, host.name(), host.id()));
    }

    /** The first server up to "done"; false when the others must not be looked at. */
    private static boolean bootstrap(World world, List<Server> servers, Draft draft) {
        return switch (world.record().firstServer()) {
            case FirstServer.Done _ -> {
                draft.reached(Milestone.ENDPOINT_ANSWERS, List.of());
                yield true;
            }
            case FirstServer.Chosen chosen -> {
                var first =
                        servers.stream()
                                .filter(s ->
                                        s.host().id().equals(chosen.hostId())
                                                && s.host().name().equals(chosen.host()))
                                .findFirst();
                if (first.isEmpty()) {
                    draft.block(firstIsAway(chosen.host()));
                    yield false;
                }
                startFirst(world, first.get(), draft, draft.after(Milestone.ETCD_DONE));
                yield true;
            }
            case FirstServer.None _ -> {
                var name = world.hosts(Role.CONTROL_PLANE).getFirst().name();
                var first = servers.stream().filter(s -> s.host().name().equals(name)).findFirst();
                if (first.isEmpty()) {
                    draft.block(firstIsAway(name));
                    yield false;
                }
                var after = new ArrayList<>(draft.after(Milestone.ETCD_DONE));
                after.addAll(draft.lastOf(name));
                var work = first.get().work();
                work.controller(
                        "first",
                        new MarkFirstServer(name, first.get().host().id()),
                        new Reason(Why.ORDER, "exactly one server starts on an empty datastore"),
                        after);
                startFirst(world, first.get(), draft, List.of(work.stepId("first")));
                yield true;
            }
        };
    }

    private static Blocker firstIsAway(String host) {
        return new Blocker(
                host,
                ROLE,
                "",
                "it is away, and is the first server: no other may start before it is done",
                "bring the host back");
    }

    private static void startFirst(World world, Server first, Draft draft, List<String> after) {
        var work = first.work();
        first.service().draft(false, Downtime.NONE, after);
        work.await(
                "await-ping",
                List.of(ProbeCall.of("ping")),
                Deadlines.HEALTHY,
                new Reason(Why.NOT_READY, "first server answers"),
                after);
        work.controller(
                "await-bootstrap-key",
                new AwaitProbe(
                        Witnesses.of(
                                world, draft, Role.ETCD, "whether its bootstrap data is stored"),
                        "etcd",
                        ProbeCall.of("bootstrap-key"),
                        Deadlines.HEALTHY),
                new Reason(Why.NOT_READY, "its bootstrap data is stored in etcd"),
                List.of());
        work.controller(
                "first-done",
                new MarkFirstServerDone(first.host().name(), first.host().id()),
                new Reason(Why.ORDER, "the others may start"),
                List.of());
        draft.reached(Milestone.ENDPOINT_ANSWERS, List.of(work.stepId("first-done")));
        joins(world, first);
    }

    private static void startOthers(World world, List<Server> servers, Draft draft) {
        var downtime =
                new Downtime(
                        servers.size() == 1,
                        "the Kubernetes API is away while its only ready server restarts",
                        world.hosts(Role.CONTROL_PLANE).size() == 1
                                ? "it is the only control-plane host"
                                : "no other control-plane host is here");
        var endpoint = draft.after(Milestone.ENDPOINT_ANSWERS);
        var healthy = new ArrayList<>(endpoint);
        for (Server server : servers) {
            if (server.service().change() == Change.RESTART
                    || draft.has(server.work().stepId("await-ping"))) {
                continue;
            }
            server.service().draft(server.joined(), downtime, endpoint);
            var drain = new BackendDrain(world, draft, server.host().name());
            boolean drained = !drain.leftovers().isEmpty();
            if (!server.joined() || !server.service().settled() || drained) {
                String ready = joins(world, server);
                healthy.add(ready);
                healthy.addAll(drain.endLeftovers(List.of(ready)));
            }
        }
        servers.stream()
                .filter(server -> server.service().change() == Change.RESTART)
                .filter(server -> !draft.has(server.work().stepId("await-ping")))
                .sorted(Comparator.comparing(server -> turn(world, draft, server)))
                .forEach(server -> restart(world, draft, server, downtime, healthy));
        var settled = new ArrayList<>(draft.after(Milestone.ENDPOINT_SETTLED));
        settled.addAll(healthy);
        draft.reached(Milestone.ENDPOINT_SETTLED, settled);
    }

    /**
     * One by one, those first that are missed least: that serve nothing now (they may serve again
     * before their turn comes), or that an interrupted operation has left drained.
     */
    private static int turn(World world, Draft draft, Server server) {
        if (server.service().restartsUnnoticed()) {
            return 0;
        }
        return new BackendDrain(world, draft, server.host().name()).leftovers().isEmpty() ? 2 : 1;
    }

    /** Restarts one server behind its load balancers; what the next one waits for is added. */
    private static void restart(
            World world, Draft draft, Server server, Downtime downtime, List<String> healthy) {
        var drain = new BackendDrain(world, draft, server.host().name());
        if (drain.applies()) {
            server.work()
                    .controller(
                            "may-restart",
                            new MayRestart(server.host().id(), world.allowDowntime()),
                            new Reason(Why.ORDER, "another server is ready"),
                            healthy);
            // a load balancer that fails to drain brings nobody to this server for long: its own
            // check finds the server down
            server.work()
                    .controller(
                            "drained",
                            new AwaitTurn(
                                    drain.begin(List.of(server.work().stepId("may-restart")))),
                            new Reason(Why.ORDER, "no new connections"),
                            List.of());
        }
        server.service().draft(server.joined(), downtime, healthy);
        String ready = joins(world, server);
        healthy.add(ready);
        healthy.addAll(
                drain.applies() ? drain.end(List.of(ready)) : drain.endLeftovers(List.of(ready)));
    }

    /** Waits for the server and its node, and remembers the first time; the id of the wait. */
    private static String joins(World world, Server server) {
        var work = server.work();
        work.await(
                "await",
                List.of(ProbeCall.of("readyz"), node(world, server.host().name())),
                Deadlines.NODE_READY,
                new Reason(Why.NOT_READY, "API and node"),
                List.of());
        if (!server.joined()) {
            work.controller(
                    "joined",
                    new MarkJoined(server.host().name(), server.host().id(), ROLE),
                    new Reason(Why.ORDER, "came up once"),
                    List.of());
        }
        return work.stepId("await");
    }

    /** Without a CNI a node never gets Ready; then it is enough that it is registered. */
    private static ProbeCall node(World world, String name) {
        boolean none = world.spec().network().cni().equals("none");
        return new ProbeCall(none ? "node-registered" : "node-ready", Map.of("name", name));
    }
}
