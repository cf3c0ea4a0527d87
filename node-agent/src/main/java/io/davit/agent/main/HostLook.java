package io.davit.agent.main;

import io.davit.agent.doctor.HostDoctor;
import io.davit.agent.doctor.TlsLook;
import io.davit.agent.journal.Ledger;
import io.davit.agent.journal.LedgerStore;
import io.davit.agent.link.Address;
import io.davit.agent.profile.Catalogue;
import io.davit.agent.system.HostSystem;
import io.davit.common.Diagnosis;
import io.davit.common.Finding;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** {@code davit-agent doctor}: what the files of an agent say, then the machine. */
final class HostLook {

    private static final int AGENTS = 7443;
    private static final int ENROLMENT = 7444;

    private final List<Finding> first = new ArrayList<>();

    private HostLook() {}

    /** Prints what was found; the exit code. */
    static int show(CommandLine.Doctor asked, String version, PrintStream out) {
        try {
            Diagnosis diagnosis = new HostLook().diagnosis(asked, version);
            var text = asked.json() ? diagnosis.json() : diagnosis.text();
            out.write(text.getBytes(StandardCharsets.UTF_8));
            out.flush();
            return diagnosis.exitCode();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return Diagnosis.UNWELL;
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    private Diagnosis diagnosis(CommandLine.Doctor asked, String version)
            throws InterruptedException {
        List<Address> listeners = listeners(asked);
        var doctor =
                new HostDoctor(
                        HostSystem.ofHost(asked.state().resolve("output")),
                        Catalogue.compiledIn(),
                        ledger(asked.state()),
                        version,
                        new TlsLook());
        var all = new ArrayList<>(first);
        all.addAll(doctor.look(asked.roles(), listeners).findings());
        return new Diagnosis(all);
    }

    /** Those of the command line, else those of the configuration. */
    private List<Address> listeners(CommandLine.Doctor asked) {
        try {
            if (asked.controller().isPresent()) {
                String host = asked.controller().get();
                return List.of(
                        Address.parse(host + ":" + AGENTS), Address.parse(host + ":" + ENROLMENT));
            }
            var config = new ConfigSources(asked.config(), Optional.empty()).find();
            if (config.isPresent()) {
                first.add(Finding.ok("configuration", asked.config().toString()));
                return List.of(config.get().controller(), config.get().enrolment());
            }
            first.add(
                    Finding.warn(
                            "configuration",
                            "neither %s nor a file %s.d/*.conf names a controller yet, so none is looked for"
                                    .formatted(asked.config(), asked.config()),
                            "davit-agent doctor --controller HOST"));
        } catch (IllegalArgumentException e) {
            first.add(
                    Finding.fail(
                            "controller",
                            String.valueOf(e.getMessage()),
                            "give --controller a DNS name or an address, without a port"));
        } catch (AgentConfig.ConfigException e) {
            first.add(
                    Finding.fail(
                            "configuration",
                            String.join("; ", e.problems()),
                            "mend " + asked.config()));
        } catch (IOException e) {
            first.add(
                    Finding.warn(
                            "configuration",
                            "cannot read " + asked.config() + ": " + e.getMessage(),
                            "run this as root"));
        }
        return List.of();
    }

    private Ledger ledger(Path state) {
        try {
            if (Files.isDirectory(state) && !Files.isReadable(state)) {
                throw new IOException(state + " is not to be read by this user");
            }
            return LedgerStore.open(state.resolve("ledger")).ledger();
        } catch (IOException e) {
            first.add(
                    Finding.warn(
                            "ledger",
                            "what Davit made here cannot be read: " + e.getMessage(),
                            "run this as root; what is Davit's own is told as foreign below"));
            return Ledger.EMPTY;
        }
    }
}
