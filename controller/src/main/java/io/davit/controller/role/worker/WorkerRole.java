package io.davit.controller.role.worker;

import io.davit.common.K3sKeys;
import io.davit.controller.plan.BoundHost;
import io.davit.controller.plan.Content;
import io.davit.controller.plan.ControllerWork.AwaitProbe;
import io.davit.controller.plan.ControllerWork.AwaitTurn;
import io.davit.controller.plan.ControllerWork.MarkJoined;
import io.davit.controller.plan.Deadlines;
import io.davit.controller.plan.Draft;
import io.davit.controller.plan.HostWork;
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
import io.davit.controller.role.Endpoint;
import io.davit.controller.role.K3sToken;
import io.davit.controller.role.MarksConfig;
import io.davit.controller.role.RegistriesConfig;
import io.davit.controller.role.Witnesses;
import io.davit.controller.spec.Role;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * Plans k3s agents. Each is prepared beside everything else, tries the endpoint once it answers,
 * starts, and is waited for until its node is Ready, as a server sees it. At most {@value #BATCH}
 * join at a time, since a server serves only so many at once: the next ones wait for the end of
 * those before, good or bad. A host that is a server too has no unit of its own here: k3s runs pods
 * there anyway.
 */
public final class WorkerRole implements RolePlanner {

    static final String ROLE = "worker";

    /** K3s' own advice for joining agents. */
    static final int BATCH = 50;

    private static final String UNIT = "k3s-agent";
    private static final SlotPlace CONFIG = SlotPlace.open("worker.config", "0600", "root", "root");
    private static final SlotPlace TOKEN = SlotPlace.secret("worker.token");

    private final K3sKeys keys;

    public WorkerRole(K3sKeys keys) {
        this.keys = keys;
    }

    @Override
    public Role role() {
        return Role.WORKER;
    }

    @Override
    public void plan(World world, Draft draft) {
        var batch = new ArrayList<String>();
        var before = new ArrayList<String>();
        for (BoundHost host : world.touched()) {
            if (!host.has(Role.WORKER) || host.has(Role.CONTROL_PLANE) || !host.here()) {
                continue;
            }
            if (batch.size() == BATCH) {
                before.clear();
                before.addAll(batch);
                batch.clear();
            }
            join(world, draft, host, before, batch);
        }
    }

    private void join(
            World world, Draft draft, BoundHost host, List<String> before, List<String> batch) {
        var work = new HostWork(world, draft, host, ROLE);
        String version = world.spec().k3sVersion().toString();
        work.prepare();
        work.artifact("k3s", version, true, false);
        work.artifact("k3s-images", version, false, true);
        work.agentToken(TOKEN, K3sToken.agent(world));
        RegistriesConfig.draft(work, ROLE, world.spec().registries());
        MarksConfig.draft(work, ROLE, host.spec().marks());
        work.file(CONFIG, Content.text(WorkerConfig.render(keys, world.spec(), host.spec())), true);

        var service = new ServiceWork(work, UNIT, Map.of(), List.of());
        boolean joined = world.record().hasJoined(ROLE, host.name(), host.id());
        if (joined && service.settled()) {
            service.draft(true, Downtime.NONE, List.of());
            return;
        }
        if (!before.isEmpty()) {
            work.controller(
                    "turn",
                    new AwaitTurn(before),
                    new Reason(Why.ORDER, "at most " + BATCH + " join at a time"),
                    List.of());
        }
        var after = new ArrayList<>(draft.after(Milestone.ENDPOINT_ANSWERS));
        if (service.change() == Change.RESTART || world.material().agentToken().version() > 1) {
            // it may be for a new endpoint or token: what stands there comes first
            after.addAll(draft.after(Milestone.ENDPOINT_SETTLED));
        }
        if (service.change() == Change.START || service.change() == Change.RESTART) {
            awaitEndpoint(world, work, after);
        }
        service.draft(joined, Downtime.NONE, after);
        work.await(
                "await",
                List.of(ProbeCall.of("kubelet")),
                Deadlines.HEALTHY,
                new Reason(Why.NOT_READY, "kubelet"),
                List.of());
        batch.add(awaitNode(world, draft, work, host));
        if (!joined) {
            work.controller(
                    "joined",
                    new MarkJoined(host.name(), host.id(), ROLE),
                    new Reason(Why.ORDER, "came up once"),
                    List.of());
        }
    }

    private static void awaitEndpoint(World world, HostWork work, List<String> after) {
        var endpoint = Endpoint.of(world.spec());
        work.await(
                "await-endpoint",
                List.of(
                        new ProbeCall(
                                "endpoint",
                                Map.of("address", endpoint.host(), "port", "" + endpoint.port()))),
                Deadlines.HEALTHY,
                new Reason(Why.NOT_READY, "reaches " + endpoint.url()),
                after);
    }

    private static String awaitNode(World world, Draft draft, HostWork work, BoundHost host) {
        boolean none = world.spec().network().cni().equals("none");
        work.controller(
                "await-node",
                new AwaitProbe(
                        Witnesses.of(
                                world, draft, Role.CONTROL_PLANE, "whether new nodes get ready"),
                        "control-plane",
                        new ProbeCall(
                                none ? "node-registered" : "node-ready",
                                Map.of("name", host.name())),
                        Deadlines.NODE_READY),
                new Reason(Why.NOT_READY, "node"),
                List.of());
        return work.stepId("await-node");
    }
}
