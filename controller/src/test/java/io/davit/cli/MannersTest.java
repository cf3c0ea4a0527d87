package io.davit.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.grpc.Status;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

/** What a person who mistypes, or does not know what comes next, is told. */
class MannersTest {

    @TempDir private Path folder;

    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    private int run(String... arguments) {
        out.getBuffer().setLength(0);
        err.getBuffer().setLength(0);
        CommandLine line = Davit.commandLine();
        line.setOut(new PrintWriter(out, true));
        line.setErr(new PrintWriter(err, true));
        return line.execute(arguments);
    }

    private String wrong(String... arguments) {
        assertThat(run(arguments)).isEqualTo(ExitCode.USAGE);
        assertThat(out.toString()).isEmpty();
        return err.toString();
    }

    @Test
    void whatIsNearlyACommandAnOptionOrAValueIsGuessed() {
        assertThat(wrong("hots"))
                .isEqualTo(
                        "unknown command \"hots\"; did you mean \"hosts\"?\n"
                                + "  → see davit --help\n");
        assertThat(wrong("stat")).contains("did you mean \"status\"?");
        assertThat(wrong("token", "craete")).contains("did you mean \"create\"?");
        assertThat(wrong("token", "create", "--usse", "2"))
                .isEqualTo(
                        "unknown option \"--usse\"; did you mean \"--uses\"?\n"
                                + "  → see davit token create --help\n");
        assertThat(wrong("apply", "-f", "x", "--allow"))
                .contains("did you mean \"--allow-downtime\"?");
        assertThat(wrong("status", "-o", "jsn"))
                .contains(
                        "--output: unknown value \"jsn\"; did you mean \"json\"?; one of text,"
                                + " json");
        assertThat(wrong("completion", "basch")).contains("did you mean \"bash\"?");
        assertThat(wrong("spec", "example", "smal")).contains("did you mean \"small\"?");
    }

    @Test
    void whatIsNearNothingGetsTheListAndNoTerminalEscapes() {
        assertThat(wrong("xyzzy")).contains("one of init, serve, admin");
        assertThat(wrong("xy\u001b[31mzzy")).doesNotContain("\u001b").contains("\\u001b");
        assertThat(wrong("version", "again")).contains("\"again\" is one argument too many");
        assertThat(wrong("apply")).contains("--file", "see davit apply --help");
        assertThat(wrong("spec")).contains("a command is missing: schema, example, validate");
        assertThat(wrong("token", "create", "--uses", "0"))
                .contains("see davit token create --help");
    }

    @Test
    void aNumberThatIsNoneAndAFileThatIsNotThereAreNamed() {
        assertThat(wrong("operations", "--limit", "abc"))
                .startsWith("--limit: \"abc\" is no whole number\n");
        assertThat(run("artifacts", "import", "none.tar")).isEqualTo(ExitCode.FAILED);
        assertThat(err.toString()).startsWith("cannot import none.tar: there is no none.tar\n  → ");
        assertThat(
                        wrong(
                                "artifacts",
                                "export",
                                "--os",
                                "windows",
                                "--k3s-source",
                                "http://127.0.0.1:9"))
                .startsWith("cannot export: \"windows\" is no OS release");
        assertThat(run("agents", "import", "none.tgz", "--config", "none.yaml"))
                .isEqualTo(ExitCode.FAILED);
        assertThat(err.toString()).contains("there is no none.yaml\n  → ");
        assertThat(run("monitoring", "token", "--config", "none.yaml")).isEqualTo(ExitCode.FAILED);
        assertThat(err.toString()).contains("there is no none.yaml\n  → ");
    }

    @Test
    void theSchemaAndTheExamplesArePrintedAsTheyArePublished() throws Exception {
        assertThat(run("spec", "schema")).isZero();
        assertThat(out.toString())
                .isEqualTo(Files.readString(Path.of("../docs/davit-v1.schema.json")));
        for (String name : new String[] {"one-host", "small", "ha", "pool"}) {
            assertThat(run("spec", "example", name)).isZero();
            assertThat(out.toString())
                    .startsWith("# yaml-language-server: $schema=davit-v1.schema.json\n")
                    .isEqualTo(
                            Files.readString(Path.of("../examples/" + name + ".yaml"))
                                    .replace("../docs/", ""));
            Path file = Files.writeString(folder.resolve(name + ".yaml"), out.toString());
            assertThat(run("spec", "validate", "-f", file.toString())).isZero();
        }
    }

    @Test
    void aSpecIsValidatedWithoutAControllerAndAllProblemsComeAtOnce() throws Exception {
        Path file =
                Files.writeString(
                        folder.resolve("cluster.yaml"),
                        io.davit.controller.Specs.SMALL
                                .replace("[worker]}\n", "[worke]}\n")
                                .replace("cni: flannel", "cnni: flannel"));

        assertThat(run("spec", "validate", "-f", file.toString())).isEqualTo(ExitCode.FAILED);

        assertThat(out.toString())
                .contains("cluster.yaml:11:5  network.cnni: unknown key \"cnni\"")
                .contains("did you mean \"worker\"?")
                .contains("→ known here: cni");
        assertThat(run("spec", "validate", "-o", "json", "-f", file.toString())).isEqualTo(3);
        assertThat(out.toString()).contains("\"code\": \"unknown-role\"", "\"line\": 11");
        assertThat(run("spec", "validate", "-f", folder + "/none")).isEqualTo(ExitCode.USAGE);
        assertThat(err.toString()).contains("davit spec example > cluster.yaml");
    }

    @Test
    void whatCannotBeCheckedOfflineIsSaid() throws Exception {
        Path file =
                Files.writeString(
                        folder.resolve("cluster.yaml"),
                        io.davit.controller.Specs.SMALL.replaceAll(
                                "(?s)  k3s:.*  network:", "  network:"));

        assertThat(run("spec", "validate", "-f", file.toString())).isZero();

        assertThat(out.toString())
                .contains("not checked: k3s.version is left out, and the controller chooses")
                .contains("not checked: whether other clusters")
                .contains("next: davit plan -f " + file);
    }

    @Test
    void whateverTheControllerRefusesSomethingComesNext() {
        for (Status.Code code :
                EnumSet.complementOf(
                        EnumSet.of(
                                Status.Code.OK,
                                // the controller's own words say what, where it refuses what was
                                // asked
                                Status.Code.INVALID_ARGUMENT,
                                Status.Code.ALREADY_EXISTS,
                                Status.Code.FAILED_PRECONDITION,
                                Status.Code.OUT_OF_RANGE))) {
            var told =
                    Refusals.explain(
                            Status.fromCode(code).withDescription("no").asRuntimeException(),
                            "ctl:7445");
            assertThat(told.remedy()).as(code.toString()).isNotBlank();
        }
        assertThat(Refusals.explain(Status.UNAVAILABLE.asRuntimeException(), "ctl:7445").remedy())
                .contains("davit doctor");
        assertThat(
                        Refusals.explain(
                                        Status.NOT_FOUND
                                                .withDescription("no\n  → davit clusters")
                                                .asRuntimeException(),
                                        "ctl:7445")
                                .remedy())
                .isEmpty();
    }

    @Test
    void aDoctorIsAskedWithoutAControllerAndSaysWhatToDo() {
        assertThat(run("doctor", "controller", "--config", folder + "/none.yaml"))
                .isIn(ExitCode.OK, ExitCode.FAILED);
        assertThat(out.toString()).contains("port 7443", "davit init --name");
    }
}
