package io.davit.controller.role.etcd;

import io.davit.common.Digests;
import io.davit.controller.plan.BoundHost;
import io.davit.controller.plan.EtcdState;
import io.davit.controller.plan.EtcdState.Member;
import io.davit.controller.plan.World;
import io.davit.controller.spec.Role;
import java.math.BigInteger;
import java.util.List;

/**
 * With which members, token and data directories etcd was, or is to be, bootstrapped.
 *
 * @param phase how far it has come
 * @param incarnation 8 characters of [a-z0-9]
 */
record Founding(Phase phase, String incarnation, String token, List<Member> members) {

    enum Phase {
        NONE,
        BEGUN,
        DONE
    }

    Founding {
        members = List.copyOf(members);
    }

    static Founding of(World world) {
        return switch (world.record().etcd()) {
            case EtcdState.None _ -> fresh(world);
            case EtcdState.Begun begun ->
                    new Founding(Phase.BEGUN, begun.incarnation(), begun.token(), begun.members());
            case EtcdState.Done done ->
                    new Founding(Phase.DONE, done.incarnation(), done.token(), done.members());
        };
    }

    /**
     * A founding that never was. Its name follows from cluster and HostIds, so that a plan can be
     * repeated; where a host still has a data directory of that name, the next name is taken: an
     * old one is never used again.
     */
    private static Founding fresh(World world) {
        List<BoundHost> hosts = world.hosts(Role.ETCD);
        List<Member> members =
                hosts.stream().map(h -> new Member(h.name(), h.id(), h.address())).toList();
        int attempt = 0;
        String incarnation;
        do {
            incarnation = name(world.spec().name(), members, attempt++);
        } while (used(hosts, incarnation));
        String token = world.spec().name() + "-" + incarnation;
        return new Founding(Phase.NONE, incarnation, token, members);
    }

    private static boolean used(List<BoundHost> hosts, String incarnation) {
        return hosts.stream()
                .anyMatch(host ->
                        host.inventory("etcd").dataDirectories().stream()
                                .anyMatch(name -> name.startsWith(incarnation + "-")));
    }

    private static String name(String cluster, List<Member> members, int attempt) {
        String all = cluster + " " + attempt + " " + members;
        String digits = new BigInteger(Digests.sha256Hex(all), 16).toString(36);
        return digits.substring(0, 8);
    }

    /** Name of a member's data directory. */
    String dataDirectory(Member member) {
        return incarnation + "-" + member.hostId().value();
    }

    /** "etcd may lose 1 of 3" */
    String tolerance() {
        return "etcd may lose " + (members.size() - 1) / 2 + " of " + members.size();
    }
}
