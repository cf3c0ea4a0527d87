package io.davit.controller.plan;

import io.davit.controller.observe.RoleInventory;
import io.davit.controller.plan.AgentWork.EnsureArtifact;
import io.davit.controller.plan.AgentWork.EnsureCertificate;
import io.davit.controller.plan.AgentWork.PrepareRole;
import io.davit.controller.plan.AgentWork.WriteFile;
import io.davit.controller.plan.Reason.Why;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * Drafts the work of one role on one host: each method compares what is wanted with the inventory
 * and drafts a step only where they differ. It remembers what the role's unit would be started
 * with, so that the unit's own step knows whether a restart is needed.
 */
public final class HostWork {

    private final World world;
    private final Draft draft;
    private final BoundHost host;
    private final String role;
    private final RoleInventory inventory;

    /** What a unit should have been started with; empty: known only after an earlier step. */
    private final Map<String, Optional<String>> wantedInputs = new TreeMap<>();

    /** Why an input is another one than before, for people. */
    private final Map<String, String> causes = new TreeMap<>();

    public HostWork(World world, Draft draft, BoundHost host, String role) {
        this.world = world;
        this.draft = draft;
        this.host = host;
        this.role = role;
        this.inventory = host.inventory(role);
    }

    public String stepId(String what) {
        return host.name() + "/" + role + "/" + what;
    }

    RoleInventory inventory() {
        return inventory;
    }

    BoundHost host() {
        return host;
    }

    public World world() {
        return world;
    }

    Draft draft() {
        return draft;
    }

    Map<String, Optional<String>> wantedInputs() {
        return wantedInputs;
    }

    /** A cause of a restart, for people: the input, and why it is another one. */
    String cause(String input) {
        String why = causes.getOrDefault(input, "");
        return why.isEmpty() ? input : input + " (" + why + ")";
    }

    /** Users, directories, modules, sysctls. */
    public void prepare() {
        if (!inventory.prepared()) {
            add(
                    "prepare",
                    new PrepareRole(inventory.unprepared()),
                    Why.ABSENT,
                    "",
                    Deadlines.PREPARE);
        }
    }

    /**
     * A package of the OS: from the set that the controller holds for the host's release, else in
     * whatever version the OS has.
     */
    public void osPackage(String name) {
        if (inventory.packages().getOrDefault(name, "").isEmpty()) {
            AgentWork work =
                    host.packageSet(world.catalog(), name)
                            .<AgentWork>map(set ->
                                    new AgentWork.EnsureHeldPackage(
                                            name,
                                            set.packages().getOrDefault(name, ""),
                                            set.file()))
                            .orElseGet(() -> new AgentWork.EnsurePackage(name, ""));
            add("package." + name, work, Why.ABSENT, "", Deadlines.PACKAGE);
        }
    }

    /** A named action of the role's profile, after other steps. */
    public String action(
            String what, AgentWork.RunAction action, Reason reason, List<String> after) {
        draft.add(
                new Step(
                        stepId(what),
                        host.name(),
                        Optional.of(host.id()),
                        role,
                        action,
                        reason,
                        after,
                        Effect.NONE,
                        "",
                        Deadlines.ACTION,
                        List.of(),
                        ""));
        return stepId(what);
    }

    /**
     * A published file that the role needs.
     *
     * @param input the unit restarts when it changes
     * @param optional nothing is wanted where nothing is published
     */
    public void artifact(String name, String version, boolean input, boolean optional) {
        String arch = host.observed().observation().map(o -> o.facts().arch()).orElse("");
        var file = world.catalog().find(name, version, arch);
        var there = Optional.ofNullable(inventory.artifacts().get(name));
        if (file.isEmpty()) {
            boolean right =
                    there.filter(a -> a.inPlace() && a.version().equals(version)).isPresent();
            if (right && input) {
                wantedInputs.put(name, there.map(RoleInventory.ArtifactState::sha256));
            }
            if (!right && !optional) {
                draft.block(notPublished(name, version, arch));
            }
            return;
        }
        if (input) {
            wantedInputs.put(name, Optional.of(file.get().sha256()));
        }
        boolean same = there.isPresent() && there.get().sha256().equals(file.get().sha256());
        if (same && there.get().inPlace()) {
            return;
        }
        var work =
                new EnsureArtifact(
                        name,
                        version,
                        arch,
                        file.get().sha256(),
                        file.get().sizeBytes(),
                        file.get().fileName());
        Why why = there.isEmpty() ? Why.ABSENT : Why.DIFFERS;
        String note =
                there.isEmpty() ? "" : same ? "not in place" : "version " + there.get().version();
        add("artifact." + name, work, why, note, Deadlines.ARTIFACT);
    }

    private Blocker notPublished(String name, String version, String arch) {
        var problem =
                world.catalog()
                        .problem()
                        .orElseGet(() ->
                                new Catalog.Problem(
                                        "cannot find "
                                                + name
                                                + " "
                                                + version
                                                + " for "
                                                + arch
                                                + " among what is published",
                                        "check the version, or where the controller takes"
                                                + " artifacts from"));
        return new Blocker(
                host.name(), role, stepId("artifact." + name), problem.cause(), problem.remedy());
    }

    /**
     * A certificate whose key is made on the host; an input of the unit when {@code input} is set.
     */
    public void certificate(String slot, CertificateProfile profile, boolean input) {
        var judged = Certificates.judge(inventory.certificate(slot), profile, world.now());
        if (input) {
            wantedInputs.put(
                    slot,
                    judged.isPresent()
                            ? Optional.empty()
                            : inventory
                                    .certificate(slot)
                                    .map(RoleInventory.CertificateState::sha256));
        }
        judged.ifPresent(reason ->
                add(
                        "certificate." + slot,
                        new EnsureCertificate(slot, profile),
                        reason.why(),
                        reason.note(),
                        Deadlines.CERTIFICATE));
    }

    /** Is there anything at this place now? */
    public boolean has(SlotPlace place) {
        return inventory.slot(place.slot()).isPresent();
    }

    /** A file whose content Davit owns; an input of the unit when {@code input} is set. */
    public void file(SlotPlace place, Content content, boolean input) {
        fileAs("file." + place.slot(), place, content, input, List.of());
    }

    /** The file with the agent token, an input of the unit. */
    public void agentToken(SlotPlace place, Content content) {
        causes.put(place.slot(), Rotation.why(world));
        fileAs("file." + place.slot(), place, content, true, List.of());
    }

    /** A file that is an input of the unit, written after other steps. */
    public void fileAfter(SlotPlace place, Content content, List<String> after) {
        fileAs("file." + place.slot(), place, content, true, after);
    }

    /** A file that is written only while it is absent, since the service may change it later. */
    public void fileOnce(SlotPlace place, Content content) {
        if (inventory.slot(place.slot()).isEmpty()) {
            addWrite(
                    "file." + place.slot(),
                    place,
                    content,
                    "",
                    new Reason(Why.ABSENT, ""),
                    List.of());
        }
    }

    private void fileAs(
            String what, SlotPlace place, Content content, boolean input, List<String> after) {
        var digests = world.material().digests(host.id(), place.slot(), place.secret(), content);
        if (input) {
            wantedInputs.put(place.slot(), digests.map(Material.SlotDigests::restartDigest));
        }
        var there = inventory.slot(place.slot());
        var reason = SlotDifference.of(there, place, digests);
        reason.ifPresent(r ->
                addWrite(
                        what,
                        place,
                        content,
                        there.map(RoleInventory.SlotState::digest).orElse(""),
                        r,
                        after));
    }

    /**
     * A second content of the same slot, later in the same plan; {@code first} is what it replaces.
     */
    public void fileAfterwards(
            SlotPlace place, Content first, Content then, Reason reason, List<String> after) {
        String previous =
                world.material()
                        .digests(host.id(), place.slot(), place.secret(), first)
                        .map(Material.SlotDigests::digest)
                        .orElse("");
        addWrite("file." + place.slot() + "-afterwards", place, then, previous, reason, after);
    }

    private void addWrite(
            String what,
            SlotPlace place,
            Content content,
            String previous,
            Reason reason,
            List<String> after) {
        var needed = new ArrayList<>(after);
        var knownAfter = new ArrayList<String>();
        boolean refers = content.parts().stream().anyMatch(Content.SecretRef.class::isInstance);
        if (refers && !world.material().made()) {
            needed.add(Planner.MATERIAL);
            knownAfter.add("content (known after " + Planner.MATERIAL + ")");
        }
        if (Rotation.isMadeBy(draft, content)) {
            needed.add(Rotation.STEP);
            knownAfter.add("content (known after " + Rotation.STEP + ")");
        }
        String why = causes.getOrDefault(place.slot(), "");
        draft.add(
                new Step(
                        stepId(what),
                        host.name(),
                        Optional.of(host.id()),
                        role,
                        new WriteFile(place.slot(), content, place.secret(), previous),
                        reason.why() == Why.DIFFERS && !why.isEmpty()
                                ? new Reason(reason.why(), reason.note() + "; " + why)
                                : reason,
                        needed,
                        Effect.NONE,
                        "",
                        Deadlines.FILE,
                        knownAfter,
                        ""));
    }

    /** Waits on the host until all probes succeed. */
    public void await(
            String what,
            List<ProbeCall> probes,
            Duration deadline,
            Reason reason,
            List<String> after) {
        draft.add(
                new Step(
                        stepId(what),
                        host.name(),
                        Optional.of(host.id()),
                        role,
                        new AgentWork.AwaitHealthy(probes, Duration.ZERO),
                        reason,
                        after,
                        Effect.NONE,
                        "",
                        deadline,
                        List.of(),
                        ""));
    }

    /** Something the controller does for this host, in the host's order. */
    public void controller(String what, ControllerWork work, Reason reason, List<String> after) {
        Duration deadline =
                work instanceof ControllerWork.AwaitProbe await
                        ? await.deadline()
                        : Deadlines.CONTROLLER;
        draft.add(
                Step.byController(stepId(what), host.name(), role, work, reason, after, deadline));
    }

    private void add(String what, AgentWork work, Why why, String note, Duration deadline) {
        boolean needsMaterial =
                work instanceof EnsureCertificate ensure
                        && ensure.profile().issuerSha256() instanceof Ref.OutputOf;
        draft.add(
                new Step(
                        stepId(what),
                        host.name(),
                        Optional.of(host.id()),
                        role,
                        work,
                        new Reason(why, note),
                        needsMaterial ? List.of(Planner.MATERIAL) : List.of(),
                        Effect.NONE,
                        "",
                        deadline,
                        needsMaterial
                                ? List.of("issuer (known after " + Planner.MATERIAL + ")")
                                : List.of(),
                        ""));
    }
}
