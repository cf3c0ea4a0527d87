package io.davit.cli;

import io.davit.cli.doctor.ControllerDoctor;
import io.davit.cli.doctor.OperatorDoctor;
import io.davit.cli.doctor.ThisMachine;
import io.davit.common.Diagnosis;
import io.davit.controller.serve.Version;
import io.davit.proto.operator.v1.VersionRequest;
import io.davit.proto.operator.v1.VersionResponse;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.time.Clock;
import picocli.CommandLine.Model.CommandSpec;

/** Sends for the doctors, and shows what they found; apart, as {@link SpecCheck} is. */
final class Checkup {

    private Checkup() {}

    static int ofOperator(OutputOptions output, CommandSpec command) {
        var doctor =
                new OperatorDoctor(
                        new ThisMachine(), Checkup::ask, Clock.systemUTC(), Version.current());
        return show(doctor.look(Credential.usualFolder(), System.getenv()), output, command);
    }

    static int ofController(Path config, OutputOptions output, CommandSpec command)
            throws InterruptedException {
        return show(new ControllerDoctor(new ThisMachine(), config).look(), output, command);
    }

    private static VersionResponse ask(Credential credential) {
        try (Connection connection = Connection.open(credential)) {
            return connection.ask(c -> c.controller().version(VersionRequest.getDefaultInstance()));
        }
    }

    private static int show(Diagnosis diagnosis, OutputOptions output, CommandSpec command) {
        if (output.json()) {
            PrintWriter out = command.commandLine().getOut();
            out.print(diagnosis.json());
            out.flush();
        } else {
            output.to(command).line(diagnosis.text().stripTrailing());
        }
        return diagnosis.exitCode();
    }
}
