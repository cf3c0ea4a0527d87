package io.davit.agent.system;

import java.io.IOException;

/** systemd's units, read only. */
public interface UnitView {

    /** Status of {@code <name>.service}; a unit that is not there has load state not-found. */
    UnitStatus unit(String name) throws IOException, InterruptedException;
}
