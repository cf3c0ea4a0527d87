package io.davit.agent.observe;

import io.davit.agent.profile.Profile;
import io.davit.agent.profile.Unit;
import io.davit.agent.profile.UnitParameter;
import java.io.IOException;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * What a unit reads at its start, as it is now: name of the input to its digest. A running service
 * needs a restart exactly where this differs from what it was started with.
 */
public final class UnitInputs {

    /** The value of an input that is not there. */
    public static final String ABSENT = "absent";

    /** The value of an input that may have been another one at the start: it equals no digest. */
    public static final String UNKNOWN = "unknown";

    private UnitInputs() {}

    /**
     * @return a secret slot's value is missing while the inventory key is not known
     */
    public static SortedMap<String, String> now(
            Profile profile, Unit unit, Map<String, String> parameters, ReadOnlyHost host)
            throws IOException {
        var inputs = new TreeMap<String, String>();
        inputs.put("template", unit.templateDigest());
        for (UnitParameter parameter : unit.parameters()) {
            if (parameter.restarts()) {
                inputs.put(
                        "parameter:" + parameter.name(),
                        parameters.getOrDefault(parameter.name(), ABSENT));
            }
        }
        for (String name : unit.inputs()) {
            var slot = profile.slot(name);
            var certificate = profile.certificate(name);
            if (slot.isPresent()) {
                var reading = host.slot(slot.get());
                String value = reading.map(SlotReading::restartDigest).orElse(ABSENT);
                if (!value.isEmpty()) {
                    inputs.put(name, value);
                }
            } else if (certificate.isPresent()) {
                inputs.put(
                        name,
                        host.certificate(certificate.get())
                                .map(state -> state.getSha256())
                                .orElse(ABSENT));
            } else {
                var artifact = host.ledger().artifacts().get(name);
                inputs.put(name, artifact == null ? ABSENT : artifact.sha256());
            }
        }
        return inputs;
    }

    /** Whether every declared input has a value. */
    public static boolean complete(Unit unit, Map<String, String> inputs) {
        return inputs.keySet().containsAll(unit.inputs());
    }
}
