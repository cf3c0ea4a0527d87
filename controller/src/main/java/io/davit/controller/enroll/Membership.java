package io.davit.controller.enroll;

import io.davit.common.HostId;
import io.davit.controller.store.Reads;
import java.util.Optional;

/** In which cluster a host is, if in any. */
@FunctionalInterface
public interface Membership {

    /** The host's place as of these reads. */
    Optional<Place> of(Reads reads, HostId host);

    /** A binding, seen from the host. */
    record Place(String cluster, String name) {}
}
