package io.davit.agent.step;

import io.davit.agent.journal.Journal;
import io.davit.agent.journal.LedgerStore;
import io.davit.agent.profile.Catalogue;
import io.davit.agent.system.HostSystem;
import io.davit.common.AtomicFiles;
import io.davit.common.Secret;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;

/** Puts an engine together, in the order in which its parts need one another. */
final class EngineParts {

    private static final int KEY_BYTES = 32;

    private EngineParts() {}

    static StepEngine open(
            Path stateDirectory,
            String agentVersion,
            EnginePorts ports,
            HostSystem system,
            Catalogue catalogue,
            String arch)
            throws IOException {
        Files.createDirectories(
                stateDirectory,
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
        BlobDirectory.of(stateDirectory).clear();
        var random = new SecureRandom();
        Secret journalKey = journalKey(stateDirectory.resolve("journal.key"), random);
        LedgerStore ledger = LedgerStore.open(stateDirectory.resolve("ledger"));
        Journal journal = Journal.open(stateDirectory.resolve("journal"));
        var engine =
                new StepEngine(
                        system,
                        catalogue,
                        new StepKinds(system, catalogue, arch, random),
                        ports,
                        stateDirectory,
                        agentVersion,
                        journal,
                        ledger,
                        journalKey);
        engine.start();
        return engine;
    }

    /**
     * Digests of secret contents in the journal are under this key, which never leaves the host.
     */
    private static Secret journalKey(Path file, SecureRandom random) throws IOException {
        if (Files.exists(file)) {
            return Secret.of(Files.readAllBytes(file));
        }
        Secret key = Secret.random(random, KEY_BYTES);
        AtomicFiles.write(file, key.reveal(), 0600);
        return key;
    }

    /** "amd64" or "arm64", as in artifacts' names. */
    static String arch() {
        return switch (System.getProperty("os.arch", "")) {
            case "amd64", "x86_64" -> "amd64";
            case "aarch64" -> "arm64";
            case String other -> other;
        };
    }
}
