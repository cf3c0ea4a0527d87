package io.davit.controller.execute;

import io.davit.common.HostId;
import io.davit.common.QuorumGuard.Member;
import io.davit.controller.agentlink.ProbeReading;
import java.util.Collection;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * What the etcd hosts say of their membership, put together.
 *
 * <ol>
 *   <li>All member lists count together: a member that only one of them knows is a member.
 *   <li>A member's name is its HostId. Which member is whose is read from the lists, never from
 *       what a host says of itself.
 *   <li>A reading counts for the member of the host that gave it, and only if the endpoint it
 *       reached says the same id. A host that reached another member's endpoint says nothing about
 *       its own: that counts for nobody's help, and is not taken for dead when it is asked about.
 * </ol>
 */
final class EtcdMembership {

    private final Map<String, Member> members = new TreeMap<>();
    private final Map<String, String> idsByName = new TreeMap<>();

    private EtcdMembership() {}

    /**
     * @param asked the host whose member somebody wants to touch
     */
    static EtcdMembership of(Map<HostId, ProbeReading> readings, HostId asked) {
        var membership = new EtcdMembership();
        readings.values().forEach(membership::list);
        readings.forEach((host, reading) -> membership.own(host, reading, host.equals(asked)));
        return membership;
    }

    /** A list is "id=name=peer URL=learner;…". */
    private void list(ProbeReading reading) {
        for (String line : reading.details().getOrDefault("members", "").split(";", -1)) {
            String[] cells = line.split("=", -1);
            if (cells.length >= 3) {
                boolean learner = cells[cells.length - 1].equals("true");
                members.putIfAbsent(cells[0], new Member(cells[0], !learner, false, 0));
                idsByName.putIfAbsent(cells[1], cells[0]);
            }
        }
    }

    private void own(HostId host, ProbeReading reading, boolean asked) {
        var details = reading.details();
        String reached = details.getOrDefault("member-id", "");
        var listed = memberOf(host).map(members::get);
        if (listed.isEmpty() || reached.isEmpty()) {
            return;
        }
        var member = listed.get();
        boolean itself = member.id().equals(reached);
        boolean served = details.getOrDefault("served-read", "").equals("true");
        members.put(
                member.id(),
                new Member(
                        member.id(),
                        member.voter(),
                        itself ? served : asked,
                        itself ? index(details) : 0));
    }

    private static long index(Map<String, String> details) {
        String index = details.getOrDefault("raft-index", "");
        return index.matches("[0-9]{1,18}") ? Long.parseLong(index) : 0;
    }

    /** The id of the member that runs on this host; empty: no list that was read has it. */
    Optional<String> memberOf(HostId host) {
        return Optional.ofNullable(idsByName.get(host.value()));
    }

    Collection<Member> members() {
        return members.values();
    }
}
