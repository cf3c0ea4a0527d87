package io.davit.controller.plan;

import io.davit.common.HostId;
import io.davit.controller.plan.ControllerWork.RotateAgentToken;
import io.davit.controller.plan.Reason.Why;
import io.davit.controller.spec.Role;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * Plans that the agent token changes, so that a worker which is given up can do nothing with the
 * one that it knows.
 *
 * <ol>
 *   <li>The controller makes a new version. What refers to the token refers to that one from then
 *       on, in this plan and in every later one.
 *   <li>Servers get it one after another, like any other change that restarts them; then workers.
 *       Meanwhile nobody is locked out: a worker that was one shows its kubelet's certificate, and
 *       one that is new asks again until a server knows its token.
 *   <li>Only when no server takes the old one any more does the host that was given up leave.
 * </ol>
 *
 * Each version remembers for whom it was made: however often this is interrupted, a host brings
 * about one version. A server that is away would go on taking the old token, so nothing begins
 * without it.
 */
final class Rotation {

    /** The step that makes the new version. */
    static final String STEP = "cluster/agent-token";

    private static final String CHANGED = "agent token rotated";

    private final World world;
    private final Map<HostId, String> givenUp;
    private final int target;

    private Rotation(World world, Map<HostId, String> givenUp, int target) {
        this.world = world;
        this.givenUp = givenUp;
        this.target = target;
    }

    /** What there is to do about the token of this world. */
    static Rotation of(World world) {
        var givenUp = new TreeMap<HostId, String>();
        world.leaving().values().stream()
                .filter(host -> isGivenUp(world, host))
                .forEach(host -> givenUp.put(host.id(), host.name()));
        var token = world.material().agentToken();
        boolean known = givenUp.keySet().stream().anyMatch(host -> !token.isWithout(host));
        int next = known ? token.version() + 1 : token.version();
        return new Rotation(world, givenUp, Math.max(next, world.consent().agentToken()));
    }

    /** A worker that a person has given up, and that cannot be reached. */
    static boolean isGivenUp(World world, BoundHost host) {
        return !host.here()
                && world.consent().unreachable().contains(host.name())
                && host.has(Role.WORKER)
                && !host.has(Role.CONTROL_PLANE)
                && !host.has(Role.LOAD_BALANCER);
    }

    /** A version has to be made; before the first one nobody has any token. */
    private boolean needed() {
        return world.material().made() && target > world.material().agentToken().version();
    }

    /** A server that would not hear of it. */
    Optional<BoundHost> inTheWay() {
        return givenUp.isEmpty() && !needed()
                ? Optional.empty()
                : world.hosts(Role.CONTROL_PLANE).stream().filter(it -> !it.here()).findFirst();
    }

    /** Says why it cannot begin now. */
    void check(Draft draft) {
        inTheWay()
                .ifPresent(server ->
                        draft.postpone(
                                new Blocker(
                                        server.name(),
                                        Role.CONTROL_PLANE.text(),
                                        "",
                                        "it is away, and would go on taking the old agent token: "
                                                + (givenUp.isEmpty()
                                                        ? "it cannot be rotated now"
                                                        : "nothing can be given up now ("
                                                                + String.join(
                                                                        ", ", givenUp.values())
                                                                + ")"),
                                        "bring it back, then apply again")));
    }

    /** Drafts the new version, where one is needed; the world in which everything refers to it. */
    World begin(Draft draft) {
        if (!needed() || inTheWay().isPresent()) {
            return world;
        }
        draft.add(
                Step.byController(
                        STEP,
                        "",
                        "cluster",
                        new RotateAgentToken(target, givenUp),
                        new Reason(givenUp.isEmpty() ? Why.ASKED : Why.GIVEN_UP, names()),
                        List.of(),
                        Deadlines.CONTROLLER));
        return world.with(new Next(world.material(), target, givenUp));
    }

    private String names() {
        return String.join(", ", givenUp.values());
    }

    /** Why a host's token differs, for people. */
    static String why(World world) {
        var token = world.material().agentToken();
        if (token.version() == 1) {
            return "";
        }
        String names =
                token.without().entrySet().stream()
                        .filter(it ->
                                world.leaving().values().stream()
                                        .anyMatch(host -> host.id().equals(it.getKey())))
                        .map(Map.Entry::getValue)
                        .collect(Collectors.joining(", "));
        return names.isEmpty()
                ? CHANGED
                : CHANGED
                        + " because "
                        + names
                        + (names.contains(",") ? " were" : " was")
                        + " given up";
    }

    /** The material as it will be once the step has made the version. */
    private record Next(Material now, int version, Map<HostId, String> without)
            implements Material {

        @Override
        public boolean made() {
            return now.made();
        }

        @Override
        public AgentToken agentToken() {
            return new AgentToken(version, without);
        }

        @Override
        public Optional<SlotDigests> digests(
                HostId host, String slot, boolean secret, Content content) {
            return refersToIt(content)
                    ? Optional.empty()
                    : now.digests(host, slot, secret, content);
        }

        private boolean refersToIt(Content content) {
            return content.parts().stream()
                    .anyMatch(part ->
                            part instanceof Content.SecretRef reference
                                    && reference.name().equals(MaterialNames.K3S_AGENT_PASSWORD)
                                    && reference.version() > now.agentToken().version());
        }

        @Override
        public Optional<String> issuerSha256(String issuer) {
            return now.issuerSha256(issuer);
        }
    }

    /** The content has a version of the token that this plan makes. */
    static boolean isMadeBy(Draft draft, Content content) {
        return draft.has(STEP)
                && content.parts().stream()
                        .anyMatch(part ->
                                part instanceof Content.SecretRef reference
                                        && reference
                                                .name()
                                                .equals(MaterialNames.K3S_AGENT_PASSWORD));
    }
}
