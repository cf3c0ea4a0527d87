package io.davit.agent.main;

import java.util.LinkedHashMap;
import java.util.Map;

/** Where the agent's own files are, for the reference. */
public final class AgentPlaces {

    private AgentPlaces() {}

    /** Path to meaning. */
    public static Map<String, String> all() {
        var places = new LinkedHashMap<String, String>();
        places.put(CommandLine.DEFAULT_CONFIG.toString(), "configuration");
        places.put(AgentConfig.DEFAULT_TOKEN_FILE, "the join token, until the host is enrolled");
        places.put(CommandLine.DEFAULT_STATE + "/", "identity, journal, ledger");
        places.put("/opt/davit/artifacts/", "what was fetched, by SHA-256");
        return places;
    }
}
