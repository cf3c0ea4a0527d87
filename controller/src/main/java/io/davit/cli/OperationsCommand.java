package io.davit.cli;

import io.davit.cli.view.OperationTimes;
import io.davit.proto.operator.v1.ListOperationsRequest;
import io.davit.proto.operator.v1.ListOperationsResponse;
import io.davit.proto.operator.v1.Operation;
import io.davit.proto.operator.v1.OperationReply;
import io.davit.proto.operator.v1.OperationRequest;
import io.davit.proto.operator.v1.OperationsGrpc.OperationsBlockingStub;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Operations: without a subcommand, their list. */
@Command(
        name = "operations",
        description = "Lists operations; watches, approves, resumes or cancels one.",
        subcommands = {
            OperationsCommand.WatchOne.class,
            OperationsCommand.Approve.class,
            OperationsCommand.Resume.class,
            OperationsCommand.Cancel.class
        },
        footerHeading = "%nExamples:%n",
        footer = {
            "  davit operations",
            "  davit operations --cluster prod --limit 5",
            "  davit operations watch"
        })
final class OperationsCommand implements Callable<Integer> {

    private static final String STATE_PREFIX = "OPERATION_STATE_";

    @Option(
            names = "--limit",
            description = "At most this many, newest first (default: ${DEFAULT-VALUE}).",
            defaultValue = "20")
    private int limit = 20;

    @Option(
            names = "--cluster",
            paramLabel = "CLUSTER",
            description = "Only of this cluster.",
            defaultValue = "")
    private String cluster = "";

    @Mixin private OutputOptions output = new OutputOptions();

    @Spec private CommandSpec command = CommandSpec.create();

    @Override
    public Integer call() {
        var request =
                ListOperationsRequest.newBuilder()
                        .setCluster(cluster)
                        .setLimit(Math.max(1, limit))
                        .build();
        ListOperationsResponse answer =
                Ask.controller(connection -> connection.operations().list(request));
        Output out = output.to(command);
        out.show(answer, () -> table(out, answer.getOperationsList()));
        return ExitCode.OK;
    }

    private static void table(Output out, List<Operation> operations) {
        if (operations.isEmpty()) {
            out.line("no operations yet");
            return;
        }
        var rows = new ArrayList<List<String>>();
        for (Operation operation : operations) {
            rows.add(
                    List.of(
                            operation.getId(),
                            operation.getCluster(),
                            String.valueOf(operation.getGeneration()),
                            state(operation),
                            OperationTimes.instant(operation.getStartedAt()).toString(),
                            operation.getOperator()));
        }
        out.table(
                List.of("OPERATION", "CLUSTER", "GENERATION", "STATE", "STARTED", "OPERATOR"),
                rows);
    }

    private static String state(Operation operation) {
        return operation
                .getState()
                .name()
                .substring(STATE_PREFIX.length())
                .toLowerCase(Locale.ROOT)
                .replace('_', ' ');
    }

    @Command(
            name = "watch",
            description =
                    "Shows an operation until it ends: the one that runs, or the newest. Joins at"
                            + " any time; Ctrl-C ends the watching, not the operation.",
            exitCodeListHeading = "%nExit codes:%n",
            exitCodeList = {
                "0:the operation is done",
                "1:a defect of the davit command itself",
                "3:it ended otherwise, or the controller refused",
                "64:the command line is wrong",
                "69:the controller cannot be reached"
            },
            footerHeading = "%nExamples:%n",
            footer = {"  davit operations watch", "  davit operations watch OPERATION"})
    static final class WatchOne implements Callable<Integer> {

        @Parameters(
                arity = "0..1",
                paramLabel = "OPERATION",
                description = "Its id.",
                defaultValue = "")
        private String operation = "";

        @Mixin private OutputOptions output = new OutputOptions();

        @Mixin private WatchOptions watch = new WatchOptions();

        @Spec private CommandSpec command = CommandSpec.create();

        @Override
        public Integer call() {
            try (Connection connection = Connection.usual()) {
                return new Watch(output.to(command), connection, watch.screen()).until(operation);
            }
        }
    }

    /** What a person decides about one operation. */
    abstract static class Decision implements Callable<Integer> {

        @Parameters(paramLabel = "OPERATION", description = "Its id.")
        private String operation = "";

        @Mixin private OutputOptions output = new OutputOptions();

        @Spec private CommandSpec command = CommandSpec.create();

        abstract OperationReply decide(OperationsBlockingStub operations, OperationRequest which);

        @Override
        public Integer call() {
            return told(
                    output.to(command),
                    Ask.controller(c -> decide(c.operations(), request(operation))));
        }
    }

    @Command(
            name = "approve",
            description =
                    "Accepts what parked an operation as needing approval, and lets it go on.",
            footerHeading = "%nExamples:%n",
            footer = {"  davit operations approve OPERATION"})
    static final class Approve extends Decision {

        @Override
        OperationReply decide(OperationsBlockingStub operations, OperationRequest which) {
            return operations.approve(which);
        }
    }

    @Command(
            name = "resume",
            description = "Observes and plans again, and goes on with an operation that stopped.",
            footerHeading = "%nExamples:%n",
            footer = {"  davit operations resume OPERATION"})
    static final class Resume extends Decision {

        @Override
        OperationReply decide(OperationsBlockingStub operations, OperationRequest which) {
            return operations.resume(which);
        }
    }

    @Command(
            name = "cancel",
            description = "Starts no further step of an operation; steps in hand end.",
            footerHeading = "%nExamples:%n",
            footer = {"  davit operations cancel OPERATION"})
    static final class Cancel extends Decision {

        @Override
        OperationReply decide(OperationsBlockingStub operations, OperationRequest which) {
            return operations.cancel(which);
        }
    }

    private static OperationRequest request(String operation) {
        return OperationRequest.newBuilder().setOperationId(operation).build();
    }

    private static int told(Output out, OperationReply answer) {
        out.show(
                answer,
                () ->
                        out.line(
                                "operation %s: %s"
                                        .formatted(
                                                answer.getOperation().getId(),
                                                state(answer.getOperation()))));
        return ExitCode.OK;
    }
}
