package io.davit.cli;

import io.davit.cli.view.AgentsText;
import io.davit.proto.operator.v1.AgentsUpgrade;
import io.davit.proto.operator.v1.ListAgentsRequest;
import io.davit.proto.operator.v1.UpgradedHost;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * Follows an upgrade of agents to its end, a line for each thing that changes. A controller that
 * goes away meanwhile is asked again for a minute.
 */
final class AgentsWatch {

    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final long PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(700);

    private final Output out;
    private final Connection controller;
    private final Map<String, String> told = new HashMap<>();
    private String waited = "";

    AgentsWatch(Output out, Connection controller) {
        this.out = out;
        this.controller = controller;
    }

    /** The exit code by how it ended. */
    int until(String upgrade) {
        var detached =
                new Thread(() ->
                        out.line("\nDetached. The upgrade goes on: davit agents shows how far."));
        Runtime.getRuntime().addShutdownHook(detached);
        try {
            AgentsUpgrade ended = follow(upgrade);
            Runtime.getRuntime().removeShutdownHook(detached);
            out.show(ended, () -> out.line(AgentsText.ending(ended).stripTrailing()));
            return ended.getState().equals("done") ? ExitCode.OK : ExitCode.FAILED;
        } catch (CliException e) {
            Runtime.getRuntime().removeShutdownHook(detached);
            throw e;
        }
    }

    private AgentsUpgrade follow(String upgrade) {
        long heard = System.nanoTime();
        while (true) {
            var now = ask();
            if (now.isPresent()) {
                heard = System.nanoTime();
                if (!now.get().getId().equals(upgrade)) {
                    throw new CliException(
                            ExitCode.FAILED,
                            "cannot follow upgrade " + upgrade + ": another one has begun",
                            "davit agents shows it");
                }
                tell(now.get());
                if (!now.get().getState().equals("running")) {
                    return now.get();
                }
            } else if (System.nanoTime() - heard > PATIENCE.toNanos()) {
                throw new CliException(
                        ExitCode.UNREACHABLE,
                        "cannot follow upgrade %s: the controller has been away for %d s"
                                .formatted(upgrade, PATIENCE.toSeconds()),
                        "it goes on when the controller is back: davit agents");
            }
            LockSupport.parkNanos(PAUSE_NANOS);
        }
    }

    /** Empty while the controller is away. */
    private Optional<AgentsUpgrade> ask() {
        try {
            return Optional.of(
                    controller
                            .agents()
                            .list(ListAgentsRequest.getDefaultInstance())
                            .getNewestUpgrade());
        } catch (StatusRuntimeException e) {
            boolean away =
                    e.getStatus().getCode() == Status.Code.UNAVAILABLE
                            || e.getStatus().getCode() == Status.Code.CANCELLED;
            if (!away) {
                throw Refusals.explain(e, controller.address());
            }
            controller.again();
            return Optional.empty();
        }
    }

    private void tell(AgentsUpgrade now) {
        if (out.json()) {
            return;
        }
        for (UpgradedHost host : now.getHostsList()) {
            String line = AgentsText.line(host);
            boolean news =
                    !host.getState().equals("waiting")
                            && !line.equals(told.put(host.getHostId(), line));
            if (news) {
                out.line(line);
            }
        }
        if (!now.getWaitsFor().equals(waited)) {
            waited = now.getWaitsFor();
            if (!waited.isEmpty()) {
                out.line("waits: " + waited);
            }
        }
    }
}
