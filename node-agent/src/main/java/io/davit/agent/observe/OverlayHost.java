package io.davit.agent.observe;

import io.davit.agent.journal.Ledger;
import io.davit.agent.profile.Action;
import io.davit.agent.profile.CertificateSlot;
import io.davit.agent.profile.Slot;
import io.davit.agent.system.FileStatus;
import io.davit.agent.system.Network;
import io.davit.agent.system.UnitStatus;
import io.davit.common.Digests;
import io.davit.proto.agent.v1.CertificateState;
import io.davit.proto.agent.v1.ProbeCall;
import io.davit.proto.agent.v1.ProbeReading;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/**
 * A host as it would be: the real one below, and over it what earlier steps of a check would have
 * done. The overlay lives in memory only.
 */
public final class OverlayHost implements ReadOnlyHost {

    private static final String STAMP = "overlay";

    /** What the digest of a certificate is before it is issued: different from any other. */
    static final String NOT_ISSUED_YET = "known after EnsureCertificate";

    private record Entry(FileStatus status, Optional<byte[]> content, String target) {}

    private final ReadOnlyHost host;
    private final Map<String, Entry> entries = new HashMap<>();
    private final Set<String> gone = new HashSet<>();
    private final Map<String, Effect.SlotWritten> slots = new HashMap<>();
    private final Set<String> certificates = new HashSet<>();
    private final Set<String> users = new HashSet<>();
    private final Map<String, Boolean> units = new HashMap<>();
    private Ledger ledger;

    public OverlayHost(ReadOnlyHost host) {
        this.host = host;
        this.ledger = host.ledger();
    }

    /** Lets later checks see this. */
    public void add(Effect effect) {
        switch (effect) {
            case Effect.FilePlaced file ->
                    put(
                            file.path(),
                            status(
                                    FileStatus.Kind.FILE,
                                    file.mode(),
                                    file.owner(),
                                    file.group(),
                                    file.content().map(bytes -> bytes.length).orElse(0)),
                            file.content(),
                            "");
            case Effect.DirectoryMade directory ->
                    put(
                            directory.path(),
                            status(
                                    FileStatus.Kind.DIRECTORY,
                                    directory.mode(),
                                    directory.owner(),
                                    directory.group(),
                                    0),
                            Optional.empty(),
                            "");
            case Effect.LinkMade link ->
                    put(
                            link.path(),
                            status(FileStatus.Kind.LINK, 0777, "root", "root", 0),
                            Optional.empty(),
                            link.target());
            case Effect.Gone path -> {
                gone.add(path.path());
                entries.keySet()
                        .removeIf(key ->
                                key.equals(path.path()) || key.startsWith(path.path() + "/"));
            }
            case Effect.SlotWritten slot -> slots.put(slot.slot(), slot);
            case Effect.CertificateIssued certificate -> certificates.add(certificate.slot());
            case Effect.UserMade user -> users.add(user.name());
            case Effect.UnitUp unit -> units.put(unit.unit(), true);
            case Effect.UnitDown unit -> units.put(unit.unit(), false);
            case Effect.LedgerChanged changed -> ledger = changed.change().apply(ledger);
        }
    }

    private void put(String path, FileStatus status, Optional<byte[]> content, String target) {
        entries.put(path, new Entry(status, content, target));
    }

    private static FileStatus status(
            FileStatus.Kind kind, int mode, String owner, String group, long size) {
        return new FileStatus(kind, mode, owner, group, size, STAMP, Instant.MAX);
    }

    private boolean isGone(String path) {
        return gone.stream().anyMatch(top -> path.equals(top) || path.startsWith(top + "/"));
    }

    @Override
    public Optional<FileStatus> status(String path) throws IOException {
        Entry entry = entries.get(path);
        if (entry != null) {
            return Optional.of(entry.status());
        }
        return isGone(path) ? Optional.empty() : host.status(path);
    }

    @Override
    public byte[] read(String path, int limitBytes) throws IOException {
        Entry entry = entries.get(path);
        if (entry != null) {
            return entry.content()
                    .orElseThrow(() -> new IOException(path + " is not known before it is made"));
        }
        if (isGone(path)) {
            throw new IOException(path + " does not exist");
        }
        return host.read(path, limitBytes);
    }

    @Override
    public Optional<String> digest(String path) throws IOException {
        Entry entry = entries.get(path);
        if (entry != null) {
            return entry.content().map(Digests::sha256Hex);
        }
        return host.digest(path);
    }

    @Override
    public List<String> list(String directory) throws IOException {
        var names = new TreeSet<String>();
        if (!isGone(directory)) {
            for (String name : host.list(directory)) {
                if (!isGone(directory + "/" + name)) {
                    names.add(name);
                }
            }
        }
        for (String path : entries.keySet()) {
            if (path.startsWith(directory + "/")) {
                String rest = path.substring(directory.length() + 1);
                names.add(rest.split("/", 2)[0]);
            }
        }
        return List.copyOf(names);
    }

    @Override
    public Optional<String> linkTarget(String path) throws IOException {
        Entry entry = entries.get(path);
        if (entry != null) {
            return entry.target().isEmpty() ? Optional.empty() : Optional.of(entry.target());
        }
        return isGone(path) ? Optional.empty() : host.linkTarget(path);
    }

    @Override
    public boolean ownedBy(FileStatus status, String owner, String group) {
        return status.stamp().equals(STAMP)
                ? status.owner().equals(owner) && status.group().equals(group)
                : host.ownedBy(status, owner, group);
    }

    @Override
    public Optional<SlotReading> slot(Slot slot) throws IOException {
        Effect.SlotWritten written = slots.get(slot.name());
        if (written != null) {
            return Optional.of(
                    new SlotReading(
                            status(
                                    FileStatus.Kind.FILE,
                                    slot.mode(),
                                    slot.owner(),
                                    slot.group(),
                                    0),
                            written.digest(),
                            written.restartDigest()));
        }
        return isGone(slot.path()) ? Optional.empty() : host.slot(slot);
    }

    @Override
    public Optional<CertificateState> certificate(CertificateSlot slot) throws IOException {
        if (certificates.contains(slot.name())) {
            return Optional.of(
                    CertificateState.newBuilder()
                            .setSlot(slot.name())
                            .setSha256(NOT_ISSUED_YET)
                            .build());
        }
        return isGone(slot.certificatePath()) ? Optional.empty() : host.certificate(slot);
    }

    @Override
    public UnitStatus unit(String name) throws IOException, InterruptedException {
        UnitStatus real = host.unit(name);
        Boolean up = units.get(name);
        if (up == null) {
            return real;
        }
        return status(real, up);
    }

    /** What a unit is like after a step has started it, or left it running. */
    public static UnitStatus up(UnitStatus real) {
        return status(real, true);
    }

    private static UnitStatus status(UnitStatus real, boolean up) {
        return new UnitStatus(
                "loaded",
                up ? "active" : "inactive",
                up ? "running" : "dead",
                up ? "enabled" : "disabled",
                real.fragmentPath(),
                up ? STAMP : "",
                real.started(),
                real.changed(),
                real.restarts(),
                0,
                true,
                "success",
                false);
    }

    @Override
    public boolean hasUser(String name) throws IOException {
        return users.contains(name) || host.hasUser(name);
    }

    @Override
    public boolean hasGroup(String name) throws IOException {
        return users.contains(name) || host.hasGroup(name);
    }

    @Override
    public Ledger ledger() {
        return ledger;
    }

    @Override
    public Instant now() {
        return host.now();
    }

    @Override
    public List<Network.Listener> listeners() throws IOException {
        return host.listeners();
    }

    @Override
    public String holder(int port) throws InterruptedException {
        return host.holder(port);
    }

    @Override
    public Optional<String> slotDigest(Slot slot, byte[] content) {
        return host.slotDigest(slot, content);
    }

    @Override
    public String ask(String socket, Action.Question question, Duration deadline)
            throws IOException, InterruptedException {
        return host.ask(socket, question, deadline);
    }

    @Override
    public ProbeReading probe(String role, ProbeCall call, Duration deadline)
            throws InterruptedException {
        return host.probe(role, call, deadline);
    }

    @Override
    public long freeBytes(String path) throws IOException {
        return host.freeBytes(path);
    }

    @Override
    public long sizeBytes(String path) throws IOException {
        return host.sizeBytes(path);
    }
}
