package io.davit.agent.step;

import io.davit.agent.observe.Effect;
import io.davit.agent.observe.Obstacles;
import io.davit.agent.observe.ReadOnlyHost;
import io.davit.agent.observe.SlotReading;
import io.davit.agent.profile.OutsideJudge;
import io.davit.agent.profile.Profile;
import io.davit.agent.profile.Slot;
import io.davit.agent.system.TransientUnits;
import io.davit.common.AtomicFiles;
import io.davit.common.Digests;
import io.davit.common.Names;
import io.davit.common.RestartInputs;
import io.davit.proto.agent.v1.Step;
import io.davit.proto.agent.v1.WriteFile;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * A slot's content: judged, then compared with what is there, then written atomically over exactly
 * the version that the plan saw. The version before is kept in the agent's own directory.
 */
final class WriteFileKind implements StepKind {

    private static final Duration JUDGEMENT = Duration.ofSeconds(30);

    @Override
    public Finding check(Step step, Profile profile, ReadOnlyHost host)
            throws StepEnded, IOException, InterruptedException {
        WriteFile write = step.getWriteFile();
        Slot slot = slot(write, profile);
        validate(write, slot);
        String wanted = wantedDigest(write, slot, host);
        Optional<SlotReading> there = host.slot(slot);
        if (there.isPresent() && isWanted(slot, there.get(), wanted, host)) {
            return new Finding.Same();
        }
        if (there.isPresent()) {
            var obstacle = Obstacles.file(slot.path(), host);
            if (obstacle.isPresent() || !there.get().status().isFile()) {
                throw StepEnded.blocked(
                        "cannot write %s: not ours: path %s exists and was not made by Davit"
                                .formatted(slot.name(), slot.path()),
                        "look at it, then move it away or remove it");
            }
        }
        boolean sameContent = there.isPresent() && there.get().digest().equals(wanted);
        if (!sameContent) {
            compareWithPlanned(write, slot, there);
        }
        String parent = slot.path().substring(0, slot.path().lastIndexOf('/'));
        if (host.status(parent).filter(status -> status.isDirectory()).isEmpty()) {
            throw StepEnded.failed(
                    "cannot write %s: directory %s does not exist; PrepareRole makes it"
                            .formatted(slot.name(), parent));
        }
        String change =
                there.isEmpty()
                        ? "would write " + slot.path()
                        : sameContent
                                ? "would set mode and owner of " + slot.path()
                                : "would change " + slot.path();
        return new Finding.Different(
                change,
                sameContent ? "" : diff(write, slot, there, host),
                List.of(),
                false,
                effects(write, slot, wanted, profile, host));
    }

    private static Slot slot(WriteFile write, Profile profile) throws StepEnded {
        return profile.slot(write.getSlot())
                .orElseThrow(() ->
                        StepEnded.failed(
                                "cannot write \"%s\": role %s has no such slot"
                                        .formatted(
                                                Names.printable(write.getSlot()), profile.role())));
    }

    private static void validate(WriteFile write, Slot slot) throws StepEnded {
        if (!write.hasContent()) {
            if (!write.hasContentDigest()) {
                throw StepEnded.failed("cannot write " + slot.name() + ": no content was sent");
            }
            return;
        }
        if (write.getContent().size() > slot.limitBytes()) {
            throw StepEnded.failed(
                    "cannot write %s: %d bytes, at most %d are allowed"
                            .formatted(slot.name(), write.getContent().size(), slot.limitBytes()));
        }
        try {
            slot.validator().validate(write.getContent().toByteArray());
        } catch (IllegalArgumentException e) {
            throw StepEnded.failed("cannot write " + slot.name() + ": " + e.getMessage());
        }
    }

    private static String wantedDigest(WriteFile write, Slot slot, ReadOnlyHost host)
            throws StepEnded {
        if (!write.hasContent()) {
            return write.getContentDigest();
        }
        return host.slotDigest(slot, write.getContent().toByteArray())
                .orElseThrow(() ->
                        StepEnded.retry(
                                Duration.ofSeconds(5),
                                "cannot compare %s: the inventory key is not known yet"
                                        .formatted(slot.name())));
    }

    private static boolean isWanted(
            Slot slot, SlotReading there, String wanted, ReadOnlyHost host) {
        return there.digest().equals(wanted)
                && there.status().mode() == slot.mode()
                && host.ownedBy(there.status(), slot.owner(), slot.group());
    }

    private static void compareWithPlanned(WriteFile write, Slot slot, Optional<SlotReading> there)
            throws StepEnded {
        String actual = there.map(SlotReading::digest).orElse("");
        if (slot.writtenOnce() && there.isPresent()) {
            throw StepEnded.blocked(
                    "cannot write %s: %s is there already, and is written only once"
                            .formatted(slot.name(), slot.path()),
                    "k3s may have rotated it; remove the role with its data to begin anew");
        }
        if (!actual.equals(write.getPreviousDigest())) {
            throw StepEnded.stale(
                    "cannot write %s: %s is %s, planned on %s"
                            .formatted(
                                    slot.name(),
                                    slot.path(),
                                    named(actual),
                                    named(write.getPreviousDigest())));
        }
    }

    private static String named(String digest) {
        return digest.isEmpty()
                ? "absent"
                : Names.printable(digest.substring(0, Math.min(12, digest.length()))) + "…";
    }

    private static String diff(
            WriteFile write, Slot slot, Optional<SlotReading> there, ReadOnlyHost host)
            throws IOException {
        if (slot.secret() || !write.hasContent()) {
            return "--- %1$s\n+++ %1$s\n*** (secret, not shown)\n".formatted(slot.path());
        }
        String before = "";
        if (there.isPresent() && !there.get().digest().isEmpty()) {
            try {
                before =
                        new String(
                                host.read(slot.path(), slot.limitBytes()), StandardCharsets.UTF_8);
            } catch (IOException e) {
                return ""; // written by an earlier step whose content is not here
            }
        }
        return UnifiedDiff.of(slot.path(), before, write.getContent().toStringUtf8());
    }

    private static List<Effect> effects(
            WriteFile write, Slot slot, String wanted, Profile profile, ReadOnlyHost host) {
        var effects = new ArrayList<Effect>();
        Optional<byte[]> content =
                write.hasContent()
                        ? Optional.of(write.getContent().toByteArray())
                        : Optional.empty();
        effects.add(
                new Effect.FilePlaced(
                        slot.path(), slot.mode(), slot.owner(), slot.group(), content));
        String restart =
                content.flatMap(bytes ->
                                host.slotDigest(slot, RestartInputs.of(slot.name(), bytes)))
                        .orElse(wanted);
        effects.add(new Effect.SlotWritten(slot.name(), wanted, restart));
        effects.add(
                new Effect.LedgerChanged(
                        ledger -> ledger.withPaths(profile.role(), List.of(slot.path()))));
        return effects;
    }

    @Override
    public Optional<String> apply(Step step, Profile profile, Work work)
            throws StepEnded, IOException, InterruptedException {
        WriteFile write = step.getWriteFile();
        Slot slot = slot(write, profile);
        if (!write.hasContent()) {
            throw StepEnded.failed("cannot write " + slot.name() + ": no content was sent");
        }
        byte[] content = write.getContent().toByteArray();
        if (slot.judge().isPresent()) {
            judge(slot.judge().get(), slot, content, work);
        }
        work.claim(profile.role(), List.of(slot.path()));
        keepPrevious(slot, work);
        work.system().files().write(slot.path(), content, slot.mode(), slot.owner(), slot.group());
        return Optional.of("wrote %s (%d bytes)".formatted(slot.path(), content.length));
    }

    /**
     * Has the program look at the content before it is in place. The content comes as a credential,
     * since the sandbox's user may not read the agent's own directory.
     */
    private static void judge(OutsideJudge judge, Slot slot, byte[] content, Work work)
            throws StepEnded, IOException, InterruptedException {
        var needed = new ArrayList<>(judge.needed());
        needed.add(judge.program());
        for (String path : needed) {
            if (work.host().status(path).isEmpty()) {
                return;
            }
        }
        Path candidate = work.stateDirectory().resolve(slot.name() + ".candidate");
        String unit = TransientUnits.name(work.operationId(), work.step().getStepId(), "judge");
        var argv = new ArrayList<String>();
        argv.add(judge.program());
        argv.addAll(judge.arguments());
        argv.add("/run/credentials/" + unit + ".service/candidate");
        try {
            AtomicFiles.write(candidate, content, 0600);
            var finished =
                    work.system()
                            .transientUnits()
                            .run(
                                    unit,
                                    List.of(
                                            "DynamicUser=yes",
                                            "PrivateNetwork=yes",
                                            "ProtectSystem=strict",
                                            "SupplementaryGroups=" + judge.group(),
                                            "LoadCredential=candidate:" + candidate),
                                    argv,
                                    work.left(JUDGEMENT));
            if (!finished.ok()) {
                throw StepEnded.failed(
                        "cannot write %s: %s refuses it: %s"
                                .formatted(slot.name(), judge.program(), finished.cause()));
            }
        } finally {
            Files.deleteIfExists(candidate);
        }
    }

    private static void keepPrevious(Slot slot, Work work) throws IOException {
        var there = work.host().status(slot.path());
        if (there.isEmpty() || there.get().size() > slot.limitBytes()) {
            return;
        }
        byte[] content = work.host().read(slot.path(), slot.limitBytes());
        Path kept = work.stateDirectory().resolve("previous").resolve(slot.name());
        Files.createDirectories(work.stateDirectory().resolve("previous"));
        if (!Files.exists(kept) || !Digests.sha256Hex(kept).equals(Digests.sha256Hex(content))) {
            AtomicFiles.write(kept, content, 0600);
        }
    }
}
