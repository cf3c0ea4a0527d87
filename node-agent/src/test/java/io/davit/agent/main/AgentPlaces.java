package io.davit.agent.main;

import java.util.LinkedHashMap;
import java.util.Map;

/** Where the agent's own files are, for the reference. */
public final class AgentPlaces {

    /** Where systemd puts what the unit loads by {@code LoadCredential=}. */
    private static final String CREDENTIALS = "/run/credentials/davit-agent.service/";

    private AgentPlaces() {}

    /** Path to meaning. */
    public static Map<String, String> all() {
        var places = new LinkedHashMap<String, String>();
        places.put(CommandLine.DEFAULT_CONFIG.toString(), "configuration");
        places.put(
                CommandLine.DEFAULT_CONFIG + ".d/*.conf",
                "more of it, in the order of the names; a key in a later file replaces the one"
                        + " before");
        places.put(
                CREDENTIALS + "davit-controller",
                "the systemd credential `davit-controller`: the controller's host, where no file"
                        + " names it");
        places.put(AgentConfig.DEFAULT_TOKEN_FILE, "the join token, until the host is enrolled");
        places.put(
                CREDENTIALS + "davit-token",
                "the systemd credential `davit-token`: a join token, where that file is not there");
        places.put(CommandLine.DEFAULT_STATE + "/", "identity, journal, ledger");
        places.put("/opt/davit/artifacts/", "what was fetched, by SHA-256");
        return places;
    }
}
