package io.davit.cli;

import com.google.protobuf.ByteString;
import io.davit.common.Digests;
import io.davit.proto.operator.v1.BundleStart;
import io.davit.proto.operator.v1.ImportBundleRequest;
import io.davit.proto.operator.v1.ImportBundleResponse;
import io.grpc.StatusException;
import java.io.Console;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

@Command(
        name = "import",
        description = {
            "Takes a bundle of davit artifacts export. Everything in it is checked before anything"
                    + " is kept; the controller then asks nobody else for what was in it.",
            "Whoever made the bundle decides what runs as root on every host: compare its SHA-256"
                    + " with the one that davit artifacts export printed."
        },
        footerHeading = "%nExamples:%n",
        footer = "  davit artifacts import davit-bundle-2026-11-29.tar")
final class ArtifactsImportCommand implements Callable<Integer> {

    private static final int CHUNK = 256 << 10;

    @Parameters(paramLabel = "FILE", description = "The bundle.")
    private Path file = Path.of("");

    @Option(
            names = "--sha256",
            paramLabel = "SHA256",
            description = "What the export printed (default: it is shown, and asked for).")
    private String sha256 = "";

    @Mixin private OutputOptions output = new OutputOptions();

    @Spec private CommandSpec command = CommandSpec.create();

    @Override
    public Integer call() throws InterruptedException {
        if (!sha256.isEmpty() && !sha256.matches("[0-9a-f]{64}")) {
            throw new CliException(
                    ExitCode.USAGE,
                    "cannot import: the SHA-256 is not 64 lower-case hex digits",
                    "davit artifacts export prints it");
        }
        try {
            String actual = Digests.sha256Hex(file);
            if (sha256.isEmpty()) {
                confirm(actual);
            } else if (!actual.equals(sha256)) {
                throw new CliException(
                        ExitCode.FAILED,
                        "cannot import %s: its SHA-256 is %s".formatted(file, actual),
                        "it is another bundle, or was damaged on its way; copy it again");
            }
            ImportBundleResponse answer;
            try (Connection connection = Connection.usual()) {
                answer = send(connection, actual);
            }
            Output out = output.to(command);
            out.show(
                    answer,
                    () -> {
                        ArtifactsCommand.table(out, answer.getArtifactsList(), "nothing is in it");
                        out.line(
                                "imported the bundle of %s (Davit %s): %d of %d files are new"
                                        .formatted(
                                                answer.getMadeOn(),
                                                answer.getMadeBy(),
                                                answer.getNewArtifacts(),
                                                answer.getArtifactsCount()));
                    });
            return ExitCode.OK;
        } catch (IOException e) {
            throw new CliException(
                    ExitCode.FAILED,
                    "cannot import %s: %s".formatted(file, FileTrouble.of(e)),
                    "davit artifacts export makes a bundle, where there is a network");
        }
    }

    private void confirm(String actual) {
        Console console = System.console();
        if (console == null || !console.isTerminal()) {
            throw new CliException(
                    ExitCode.USAGE,
                    "cannot import %s: nobody is here to compare its SHA-256".formatted(file),
                    "give the one that davit artifacts export printed: --sha256 SHA256");
        }
        String said =
                console.readLine(
                        "SHA-256 of %s:%n  %s%nIs this what davit artifacts export printed? [y/N] ",
                        file, actual);
        if (said == null || !said.strip().equalsIgnoreCase("y")) {
            throw new CliException(ExitCode.FAILED, "not imported", "");
        }
    }

    private ImportBundleResponse send(Connection connection, String actual)
            throws IOException, InterruptedException {
        var call = connection.uploads().importBundle();
        try (InputStream in = Files.newInputStream(file)) {
            boolean open =
                    call.write(
                            ImportBundleRequest.newBuilder()
                                    .setStart(
                                            BundleStart.newBuilder()
                                                    .setSha256(actual)
                                                    .setSizeBytes(Files.size(file)))
                                    .build());
            byte[] chunk = in.readNBytes(CHUNK);
            while (open && chunk.length > 0) {
                open =
                        call.write(
                                ImportBundleRequest.newBuilder()
                                        .setChunk(ByteString.copyFrom(chunk))
                                        .build());
                chunk = in.readNBytes(CHUNK);
            }
            if (open) {
                call.halfClose();
            }
            ImportBundleResponse answer = call.read();
            if (answer == null) {
                throw new CliException(
                        ExitCode.FAILED, "cannot import: the controller did not answer", "");
            }
            return answer;
        } catch (StatusException e) {
            throw Refusals.explain(
                    e.getStatus().asRuntimeException(e.getTrailers()), connection.address());
        }
    }
}
