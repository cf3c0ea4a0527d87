package io.davit.cli.manual;

import io.davit.cli.Credential;
import io.davit.controller.serve.ServerConfig;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

/** The controller's half of docs/reference/ports-and-paths.md. */
class ControllerPlacesTest {

    private final StringBuilder table = new StringBuilder();

    private void row(Object what, String text) {
        table.append("| `").append(what).append("` | ").append(text).append(" |\n");
    }

    @Test
    void theReferenceHasTheControllersPortsAndPaths() throws Exception {
        table.append("| port | for | who proves what |\n|---|---|---|\n");
        row(ServerConfig.AGENTS, "agents | mutual TLS, the agents' CA");
        row(
                ServerConfig.ENROLMENT,
                "machines that enrol | TLS of the controller; a join token inside");
        row(ServerConfig.OPERATORS, "the davit command | mutual TLS, the operators' CA");
        row(
                ServerConfig.MONITORING,
                "Prometheus, on 127.0.0.1 unless `listen.monitoring` says otherwise | TLS of the"
                        + " controller; a bearer token inside");
        table.append("\n| path | what |\n|---|---|\n");
        row(ServerConfig.DEFAULT_FILE, "configuration (`davit init` writes it)");
        row(ServerConfig.DEFAULT_KEY_FILE, "the key that seals secrets");
        row(ServerConfig.DEFAULT_MONITORING_TOKEN, "Prometheus' bearer token");
        row(ServerConfig.DEFAULT_STATE, "state and held artifacts");
        row(ServerConfig.DEFAULT_SOCKET, "where root on this host talks to it");
        row(
                "~/" + Path.of("/").relativize(Credential.folderBelow(Path.of("/"))),
                "an operator's credential, or the folder in `$" + Credential.VARIABLE + "`");
        Written.requireSame(
                Path.of("../docs/reference/ports-and-paths.md"), "controller", table.toString());
    }
}
