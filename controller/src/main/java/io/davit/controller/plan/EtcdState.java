package io.davit.controller.plan;

import io.davit.common.HostId;
import java.util.List;

/**
 * How far the cluster's etcd has come; a cluster is bootstrapped once.
 *
 * <pre>
 *   none ──MarkEtcdBegun──▶ begun ──every member served a linearizable read──▶ done
 * </pre>
 *
 * In {@code begun} exactly these members may be started as new as often as needed; from {@code
 * done} on nobody ever is.
 */
public sealed interface EtcdState {

    /** Nothing was ever started. */
    record None() implements EtcdState {}

    /** The members may be on their way up. */
    record Begun(String incarnation, String token, List<Member> members) implements EtcdState {
        public Begun {
            members = List.copyOf(members);
        }
    }

    /** The founding members have all served; {@code members} stays their join record. */
    record Done(String incarnation, String token, List<Member> members) implements EtcdState {
        public Done {
            members = List.copyOf(members);
        }
    }

    /**
     * A member as it was started first. Its name in etcd is its HostId.
     *
     * @param host spec name
     */
    record Member(String host, HostId hostId, String address) {}
}
