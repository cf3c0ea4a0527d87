package io.davit.agent.observe;

import io.davit.agent.journal.Ledger;
import io.davit.agent.profile.Artifact;
import io.davit.agent.profile.CertificateSlot;
import io.davit.agent.profile.Profile;
import io.davit.agent.profile.Slot;
import io.davit.agent.profile.Unit;
import io.davit.agent.system.UnitStatus;
import java.io.IOException;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * What a running service read at its start.
 *
 * <ol>
 *   <li>Of an invocation that the ledger knows: what the ledger says.
 *   <li>Of any other (systemd or a person started it): each input whose files have stood there
 *       unchanged since before the start, as it is now.
 *   <li>Every other input is {@link UnitInputs#UNKNOWN}, which equals nothing that could be wanted,
 *       so that a service is restarted once too often rather than left with a file nobody planned.
 * </ol>
 *
 * A file's change time cannot be set back by a program, and a file that is put in place of another
 * gets a new one.
 */
public final class StartedWith {

    private final Profile profile;
    private final Unit unit;
    private final Ledger.UnitEntry entry;
    private final ReadOnlyHost host;
    private final UnitStatus status;

    private StartedWith(
            Profile profile,
            Unit unit,
            Ledger.UnitEntry entry,
            UnitStatus status,
            ReadOnlyHost host) {
        this.profile = profile;
        this.unit = unit;
        this.entry = entry;
        this.status = status;
        this.host = host;
    }

    /**
     * What a unit's inputs are true of: its invocation, and of a service that is reloaded the last
     * change of its state as well, since a reload reads them anew and is no new invocation.
     */
    public static String life(Unit unit, UnitStatus status) {
        return unit.reloaded().isEmpty() || status.invocationId().isEmpty()
                ? status.invocationId()
                : status.invocationId() + "@" + status.changed().map(Instant::toString).orElse("");
    }

    /**
     * Inputs of what runs now.
     *
     * @return a secret slot's value is missing while the inventory key is not known
     */
    public static SortedMap<String, String> of(
            Profile profile,
            Unit unit,
            Ledger.UnitEntry entry,
            UnitStatus status,
            ReadOnlyHost host)
            throws IOException {
        return entry.knows(life(unit, status))
                ? entry.startedWith()
                : new StartedWith(profile, unit, entry, status, host).workedOut();
    }

    private SortedMap<String, String> workedOut() throws IOException {
        var inputs = new TreeMap<>(UnitInputs.now(profile, unit, entry.parameters(), host));
        boolean sameInvocation = entry.invocation().startsWith(status.invocationId() + "@");
        boolean sameUnitFile =
                Observer.unitFileCurrent(unit, entry.parameters(), host)
                        && stands(unit.path(), status.started());
        for (var input : inputs.entrySet()) {
            String name = input.getKey();
            if (input.getValue().equals(UnitInputs.ABSENT) && profile.optional(name)) {
                continue; // nothing tells that it ever was there
            }
            boolean reloaded = unit.reloaded().contains(name);
            if (sameInvocation && !reloaded) {
                input.setValue(entry.startedWith().getOrDefault(name, UnitInputs.UNKNOWN));
            } else if (unit.inputs().contains(name)
                    ? !stands(files(name), reloaded ? status.changed() : status.started())
                    : !sameUnitFile) {
                input.setValue(UnitInputs.UNKNOWN);
            }
        }
        return inputs;
    }

    /** The files that make up an input; none if it is not what it should be. */
    private List<String> files(String input) throws IOException {
        var slot = profile.slot(input);
        if (slot.isPresent()) {
            return slot.map(Slot::path).stream().toList();
        }
        var certificate = profile.certificate(input);
        if (certificate.isPresent()) {
            CertificateSlot pair = certificate.get();
            return List.of(pair.certificatePath(), pair.keyPath());
        }
        var placed = host.ledger().artifacts().get(input);
        Optional<Artifact> artifact = profile.artifact(input);
        return placed != null
                        && artifact.isPresent()
                        && PlacedArtifact.inPlace(artifact.get(), placed, host)
                ? PlacedArtifact.paths(artifact.get(), placed)
                : List.of();
    }

    private boolean stands(List<String> paths, Optional<Instant> since) throws IOException {
        for (String path : paths) {
            if (!stands(path, since)) {
                return false;
            }
        }
        return !paths.isEmpty();
    }

    /** It has been there, as it is, since before that moment. */
    private boolean stands(String path, Optional<Instant> since) throws IOException {
        var there = host.status(path);
        return since.isPresent()
                && there.isPresent()
                && there.get().changed().isBefore(since.get());
    }
}
