package io.davit.controller.plan;

import io.davit.controller.observe.ObservedHost;
import io.davit.controller.spec.ClusterSpec.HostSpec;
import io.davit.controller.spec.Role;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * Finds the machine of every spec host.
 *
 * <ol>
 *   <li>A stored binding counts, and is never changed here. Another agent at its address is a
 *       blocker.
 *   <li>Else exactly one agent must be enrolled, approved, in no cluster, allowed the roles by its
 *       token's scope, and hold a session that comes <em>from the host's address</em>. What an
 *       agent merely reports about its addresses never counts: otherwise whoever claims an address
 *       gets CA keys.
 * </ol>
 */
final class Binder {

    private Binder() {}

    /**
     * The hosts that have a machine; where one has none, a blocker says why and the world is not
     * {@link World#complete()}.
     */
    static World bind(PlanInput input, Draft draft) {
        var cluster = input.spec().cluster();
        var hosts = new TreeMap<String, BoundHost>();
        for (HostSpec spec : cluster.hosts()) {
            var id = input.bindings().host(spec.name());
            if (id.isPresent()) {
                var observed = input.observed().host(id.get());
                if (observed.isEmpty()) {
                    draft.block(
                            blocker(
                                    spec,
                                    "host "
                                            + id.get()
                                            + " is bound to "
                                            + spec.name()
                                            + ", but is not enrolled",
                                    "has it been removed? Enrol the machine again under another"
                                            + " host name"));
                    continue;
                }
                addressTaken(input, spec, observed.get(), draft);
                otherRoles(input, spec, draft);
                beyondScope(observed.get(), spec, cluster.name())
                        .ifPresent(why ->
                                draft.block(
                                        blocker(
                                                spec,
                                                "host "
                                                        + id.get()
                                                        + " cannot be "
                                                        + spec.name()
                                                        + ": "
                                                        + why,
                                                "give the role to a host that was enrolled for"
                                                        + " it")));
                hosts.put(spec.name(), new BoundHost(spec, observed.get()));
            } else {
                candidate(input, spec, draft)
                        .ifPresent(found -> {
                            draft.bind(
                                    new Plan.NewBinding(
                                            spec.name(),
                                            found.hostId(),
                                            found.standing().fingerprintWords(),
                                            spec.address()));
                            hosts.put(spec.name(), new BoundHost(spec, found));
                        });
            }
        }
        return new World(
                cluster,
                hosts,
                leaving(input, draft),
                input.observed().nodes(),
                input.record(),
                input.catalog(),
                input.material(),
                input.now(),
                input.consent());
    }

    /** A world that nothing stays in: every bound host leaves. */
    static World leaveAll(PlanInput input, Draft draft) {
        var leaving = new TreeMap<String, BoundHost>();
        input.bindings().byName().keySet().forEach(name -> leaves(input, name, leaving, draft));
        return new World(
                input.spec().cluster(),
                new TreeMap<>(),
                leaving,
                input.observed().nodes(),
                input.record(),
                input.catalog(),
                input.material(),
                input.now(),
                input.consent());
    }

    private static SortedMap<String, BoundHost> leaving(PlanInput input, Draft draft) {
        var leaving = new TreeMap<String, BoundHost>();
        input.bindings().leaving(input.spec().cluster()).stream()
                .filter(input.consent()::touches)
                .forEach(name -> leaves(input, name, leaving, draft));
        return leaving;
    }

    /** Its roles are those it was given, and those that are there. */
    private static void leaves(
            PlanInput input, String name, SortedMap<String, BoundHost> leaving, Draft draft) {
        var id = input.bindings().host(name).orElseThrow();
        var observed = input.observed().host(id);
        if (observed.isEmpty()) {
            draft.block(
                    new Blocker(
                            name,
                            "",
                            "",
                            "host " + id + " is bound to " + name + ", but is not enrolled",
                            "see \"davit hosts\""));
            return;
        }
        var roles = new TreeSet<Role>(input.bindings().roles().getOrDefault(name, List.of()));
        for (Role role : Role.values()) {
            if (observed.get().role(role.text()).installed()) {
                roles.add(role);
            }
        }
        var spec =
                new HostSpec(
                        name,
                        observed.get().peerAddress(),
                        List.copyOf(roles),
                        Map.of(),
                        List.of());
        leaving.put(name, new BoundHost(spec, observed.get()));
    }

    /** It was taken out of the spec and has come back before it was gone. */
    private static void otherRoles(PlanInput input, HostSpec spec, Draft draft) {
        var given = input.bindings().roles().get(spec.name());
        if (given != null && !given.equals(spec.roles())) {
            draft.block(
                    blocker(
                            spec,
                            "it is still being removed as "
                                    + String.join(", ", given.stream().map(Role::text).toList()),
                            "give it those roles again, or take it out and apply first"));
        }
    }

    private static void addressTaken(
            PlanInput input, HostSpec spec, ObservedHost bound, Draft draft) {
        for (ObservedHost other : input.observed().hosts().values()) {
            if (!other.hostId().equals(bound.hostId())
                    && other.connected()
                    && other.peerAddress().equals(spec.address())) {
                draft.block(
                        blocker(
                                spec,
                                "address taken: agent "
                                        + other.hostId()
                                        + " connects from "
                                        + spec.address()
                                        + ", but "
                                        + spec.name()
                                        + " is bound to "
                                        + bound.hostId(),
                                "find out which machine it is; a host that was replaced needs a new"
                                        + " name"));
            }
        }
        if (bound.connected() && !bound.peerAddress().equals(spec.address())) {
            draft.block(
                    blocker(
                            spec,
                            "its agent connects from "
                                    + bound.peerAddress()
                                    + ", not from "
                                    + spec.address(),
                            "give the machine its address back, or check for address translation"));
        }
    }

    private static Optional<ObservedHost> candidate(PlanInput input, HostSpec spec, Draft draft) {
        List<ObservedHost> there =
                input.observed().hosts().values().stream()
                        .filter(host ->
                                host.connected() && host.peerAddress().equals(spec.address()))
                        .toList();
        String cluster = input.spec().cluster().name();
        List<ObservedHost> fit =
                there.stream().filter(host -> whyNot(host, spec, cluster).isEmpty()).toList();
        if (fit.size() == 1) {
            return Optional.of(fit.getFirst());
        }
        if (fit.size() > 1) {
            draft.block(
                    blocker(
                            spec,
                            fit.size()
                                    + " agents connect from "
                                    + spec.address()
                                    + ": "
                                    + String.join(
                                            ", ",
                                            fit.stream().map(h -> h.hostId().value()).toList()),
                            "stop all but one, or remove the others with \"davit hosts remove\""));
            return Optional.empty();
        }
        if (there.isEmpty()) {
            draft.block(nobody(input, spec));
        } else {
            draft.block(
                    blocker(
                            spec,
                            "the agent at "
                                    + spec.address()
                                    + " cannot be "
                                    + spec.name()
                                    + ": "
                                    + whyNot(there.getFirst(), spec, cluster).orElseThrow(),
                            "see \"davit hosts\""));
        }
        return Optional.empty();
    }

    private static Blocker nobody(PlanInput input, HostSpec spec) {
        var waits =
                input.observed().hosts().values().stream()
                        .filter(host -> host.peerAddress().equals(spec.address()))
                        .filter(host -> !host.standing().approved() && !host.standing().retired())
                        .findFirst();
        if (waits.isPresent()) {
            String id = waits.get().hostId().value();
            return blocker(
                    spec,
                    "agent %s enrolled from %s and waits for approval (%s)"
                            .formatted(
                                    id, spec.address(), waits.get().standing().fingerprintWords()),
                    "compare the words, then davit hosts approve " + id);
        }
        var claims =
                input.observed().hosts().values().stream()
                        .filter(host ->
                                host.observation()
                                        .map(o -> o.facts().addresses().contains(spec.address()))
                                        .orElse(false))
                        .findFirst();
        return claims.map(host ->
                        blocker(
                                spec,
                                "no agent connects from "
                                        + spec.address()
                                        + "; agent "
                                        + host.hostId()
                                        + " reports this address but connects from "
                                        + host.peerAddress()
                                        + " (unconfirmed)",
                                "an address counts only where the connection comes from it"))
                .orElseGet(() ->
                        blocker(
                                spec,
                                "no agent connects from " + spec.address(),
                                "install the agent there with a token of \"davit token create\""));
    }

    private static Optional<String> whyNot(ObservedHost host, HostSpec spec, String cluster) {
        var standing = host.standing();
        if (standing.retired()) {
            return Optional.of("it was given up while nobody reached it, and is retired");
        }
        if (!standing.approved()) {
            return Optional.of("it waits for approval (davit hosts approve " + host.hostId() + ")");
        }
        if (!standing.cluster().isEmpty()) {
            return Optional.of("it is in cluster " + standing.cluster());
        }
        return beyondScope(host, spec, cluster);
    }

    /** What its token did not allow, whether it is bound already or not. */
    private static Optional<String> beyondScope(ObservedHost host, HostSpec spec, String cluster) {
        var standing = host.standing();
        if (!standing.allowedCluster().isEmpty() && !standing.allowedCluster().equals(cluster)) {
            return Optional.of("its token was for cluster " + standing.allowedCluster());
        }
        for (Role role : spec.roles()) {
            if (!standing.allowedRoles().isEmpty()
                    && !standing.allowedRoles().contains(role.text())) {
                return Optional.of("its token was not for the role " + role);
            }
        }
        return Optional.empty();
    }

    private static Blocker blocker(HostSpec spec, String cause, String remedy) {
        return new Blocker(spec.name(), "", "", cause, remedy);
    }
}
