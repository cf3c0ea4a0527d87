package io.davit.agent.health;

import io.davit.proto.agent.v1.ProbeCall;
import io.davit.proto.agent.v1.ProbeReading;
import java.time.Duration;
import java.util.Set;

/** What the monitor asks of the host. Both may be called from many threads at once. */
public interface WatchedHost {

    /** The roles that are installed. */
    Set<String> installedRoles();

    /** One reading, now; a probe that does not answer within the deadline is not ok. */
    ProbeReading probe(String role, ProbeCall call, Duration deadline);
}
