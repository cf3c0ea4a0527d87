package io.davit.agent.observe;

import io.davit.agent.health.Probes;
import io.davit.agent.journal.Ledger;
import io.davit.agent.profile.Action;
import io.davit.agent.profile.CertificateSlot;
import io.davit.agent.profile.Slot;
import io.davit.agent.system.FileStatus;
import io.davit.agent.system.HostSystem;
import io.davit.agent.system.LocalSocket;
import io.davit.agent.system.Network;
import io.davit.agent.system.UnitStatus;
import io.davit.proto.agent.v1.CertificateState;
import io.davit.proto.agent.v1.ProbeCall;
import io.davit.proto.agent.v1.ProbeReading;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;

/** The host as it is now. */
public final class LiveHost implements ReadOnlyHost {

    private final HostSystem system;
    private final Probes probes;
    private final Supplier<Ledger> ledger;
    private final SlotDigests digests;
    private final Map<String, UnitStatus> units;

    public LiveHost(
            HostSystem system, Probes probes, Supplier<Ledger> ledger, SlotDigests digests) {
        this(system, probes, ledger, digests, Map.of());
    }

    private LiveHost(
            HostSystem system,
            Probes probes,
            Supplier<Ledger> ledger,
            SlotDigests digests,
            Map<String, UnitStatus> units) {
        this.system = system;
        this.probes = probes;
        this.ledger = ledger;
        this.digests = digests;
        this.units = Map.copyOf(units);
    }

    /** The same host, with these units as they are now: for one look at everything. */
    public LiveHost withUnitsRead(Collection<String> names)
            throws IOException, InterruptedException {
        return new LiveHost(system, probes, ledger, digests, system.systemd().units(names));
    }

    @Override
    public Ledger ledger() {
        return ledger.get();
    }

    @Override
    public Instant now() {
        return system.clock().now();
    }

    @Override
    public List<Network.Listener> listeners() throws IOException {
        return system.network().listeners();
    }

    @Override
    public String holder(int port) throws InterruptedException {
        return system.network().holder(port);
    }

    @Override
    public Optional<SlotReading> slot(Slot slot) throws IOException {
        var status = status(slot.path());
        if (status.isEmpty()
                || !ledger().owns(slot.path()) && Conffiles.unchanged(slot.path(), this)) {
            return Optional.empty();
        }
        if (!status.get().isFile() || status.get().size() > slot.limitBytes()) {
            return Optional.of(new SlotReading(status.get(), "", ""));
        }
        byte[] content = read(slot.path(), slot.limitBytes());
        return Optional.of(
                new SlotReading(
                        status.get(),
                        digests.digest(slot, content).orElse(""),
                        digests.restartDigest(slot, content).orElse("")));
    }

    @Override
    public Optional<String> slotDigest(Slot slot, byte[] content) {
        return digests.digest(slot, content);
    }

    @Override
    public Optional<CertificateState> certificate(CertificateSlot slot) throws IOException {
        return InstalledCertificate.read(slot, this);
    }

    @Override
    public String ask(String socket, Action.Question question, Duration deadline)
            throws IOException, InterruptedException {
        return LocalSocket.ask(system.files().resolve(socket), question.line(), deadline);
    }

    @Override
    public ProbeReading probe(String role, ProbeCall call, Duration deadline)
            throws InterruptedException {
        return probes.read(role, call, deadline);
    }

    @Override
    public UnitStatus unit(String name) throws IOException, InterruptedException {
        var read = units.get(name);
        return read == null ? system.systemd().unit(name) : read;
    }

    @Override
    public Optional<FileStatus> status(String path) throws IOException {
        return system.files().status(path);
    }

    @Override
    public byte[] read(String path, int limitBytes) throws IOException {
        return system.files().read(path, limitBytes);
    }

    @Override
    public Optional<String> digest(String path) throws IOException {
        return system.files().digest(path);
    }

    @Override
    public List<String> list(String directory) throws IOException {
        return system.files().list(directory);
    }

    @Override
    public Optional<String> linkTarget(String path) throws IOException {
        return system.files().linkTarget(path);
    }

    @Override
    public long freeBytes(String path) throws IOException {
        return system.files().freeBytes(path);
    }

    @Override
    public long sizeBytes(String path) throws IOException {
        return system.files().sizeBytes(path);
    }

    @Override
    public boolean ownedBy(FileStatus status, String owner, String group) {
        return system.files().ownedBy(status, owner, group);
    }
}
