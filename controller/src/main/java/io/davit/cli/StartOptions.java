package io.davit.cli;

import com.google.protobuf.Message;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** The options of every command that starts an operation. */
final class StartOptions {

    @Option(names = "--detach", description = "Start the operation, print its id, do not watch.")
    private boolean detach;

    @Mixin private WatchOptions watch = new WatchOptions();

    Watch watch(Connection controller, Output out) {
        return new Watch(out, controller, watch.screen());
    }

    boolean detaches() {
        return detach;
    }

    /**
     * Follows the operation to its end, or says only that it runs.
     *
     * @param answer what the controller said about its start, for -o json with --detach
     * @return the exit code
     */
    int follow(String operationId, Message answer, Connection controller, Output out) {
        if (detach) {
            out.show(
                    answer,
                    () ->
                            out.line(
                                    "operation %s runs; see davit operations watch %s"
                                            .formatted(operationId, operationId)));
            return ExitCode.OK;
        }
        return watch(controller, out).until(operationId);
    }
}
