package io.davit.agent.observe;

import io.davit.agent.journal.Ledger;
import io.davit.agent.profile.Action;
import io.davit.agent.profile.CertificateSlot;
import io.davit.agent.profile.Slot;
import io.davit.agent.system.FileView;
import io.davit.agent.system.Network;
import io.davit.agent.system.UnitView;
import io.davit.proto.agent.v1.CertificateState;
import io.davit.proto.agent.v1.ProbeCall;
import io.davit.proto.agent.v1.ProbeReading;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/** A host that can be looked at and not changed: this type has no method that would. */
public interface ReadOnlyHost extends FileView, UnitView {

    /** What Davit made here. */
    Ledger ledger();

    Instant now();

    List<Network.Listener> listeners() throws IOException;

    /** Who listens on a port, for people. */
    String holder(int port) throws InterruptedException;

    /**
     * A slot's file; empty if nothing stands at its path but a package's configuration file that
     * nobody changed.
     */
    Optional<SlotReading> slot(Slot slot) throws IOException;

    /** The slot digest that a content would have; empty while the inventory key is not known. */
    Optional<String> slotDigest(Slot slot, byte[] content);

    /** The certificate in a slot; empty if there is none that can be read. */
    Optional<CertificateState> certificate(CertificateSlot slot) throws IOException;

    /** A probe, now. */
    ProbeReading probe(String role, ProbeCall call, Duration deadline) throws InterruptedException;

    /**
     * Asks a service's unix socket a question that changes nothing.
     *
     * @throws IOException if it does not answer
     */
    String ask(String socket, Action.Question question, Duration deadline)
            throws IOException, InterruptedException;

    default boolean hasUser(String name) throws IOException {
        return hasEntry("/etc/passwd", name);
    }

    default boolean hasGroup(String name) throws IOException {
        return hasEntry("/etc/group", name);
    }

    private boolean hasEntry(String file, String name) throws IOException {
        if (status(file).isEmpty()) {
            return false;
        }
        return new String(read(file, 4 * 1024 * 1024), StandardCharsets.UTF_8)
                .lines()
                .anyMatch(line -> line.startsWith(name + ":"));
    }
}
