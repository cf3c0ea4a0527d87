package io.davit.agent.system;

import java.io.IOException;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.Map;

/** systemd's units, read only. */
public interface UnitView {

    /** Status of {@code <name>.service}; a unit that is not there has load state not-found. */
    UnitStatus unit(String name) throws IOException, InterruptedException;

    /** Of several units at once, which costs little more than of one. */
    default Map<String, UnitStatus> units(Collection<String> names)
            throws IOException, InterruptedException {
        var statuses = new LinkedHashMap<String, UnitStatus>();
        for (String name : names) {
            statuses.put(name, unit(name));
        }
        return statuses;
    }
}
