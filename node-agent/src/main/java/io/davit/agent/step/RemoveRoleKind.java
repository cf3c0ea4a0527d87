package io.davit.agent.step;

import io.davit.agent.journal.Ledger;
import io.davit.agent.observe.Effect;
import io.davit.agent.observe.PlacedArtifact;
import io.davit.agent.observe.ReadOnlyHost;
import io.davit.agent.profile.Artifact;
import io.davit.agent.profile.Catalogue;
import io.davit.agent.profile.Directory;
import io.davit.agent.profile.Profile;
import io.davit.agent.profile.SystemUser;
import io.davit.agent.profile.Unit;
import io.davit.proto.agent.v1.Step;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Takes away what a role brought and no other role declares.
 *
 * <ol>
 *   <li>Mount points below a directory that would be emptied end it before anything is touched.
 *   <li>Units are stopped (etcd only as the quorum guard allows, unless the whole cluster goes),
 *       disabled, and their files go.
 *   <li>What a stopped service leaves running or mounted goes (k3s' pods).
 *   <li>Files and links that only this role claims go.
 *   <li>Its topmost directories are emptied, not removed: they belong to the package that made
 *       them, or are mount points. Data directories only if that was asked for; kept data is not
 *       ours any more and is in the way of a later role until a person has decided.
 *   <li>Users and artifacts that no other role declares go; the ledger forgets the role.
 * </ol>
 */
final class RemoveRoleKind implements StepKind {

    private final EtcdGuard guard;
    private final Catalogue catalogue;

    RemoveRoleKind(EtcdGuard guard, Catalogue catalogue) {
        this.guard = guard;
        this.catalogue = catalogue;
    }

    @Override
    public Finding check(Step step, Profile profile, ReadOnlyHost host)
            throws StepEnded, IOException, InterruptedException {
        boolean destroy = destroys(step);
        Ledger ledger = host.ledger();
        if (!ledger.holds(profile.role())) {
            return new Finding.Same();
        }
        var going = new ArrayList<String>();
        var effects = new ArrayList<Effect>();
        for (Unit unit : units(profile, ledger)) {
            going.add("unit " + unit.name());
            effects.add(new Effect.UnitDown(unit.name()));
        }
        for (String path : files(profile, host)) {
            going.add(path);
            effects.add(new Effect.Gone(path));
        }
        for (Directory top : emptied(profile, ledger, destroy)) {
            going.add("everything in " + top.path());
            for (String name : host.list(top.path())) {
                effects.add(new Effect.Gone(top.path() + "/" + name));
            }
        }
        if (profile.leftovers().isPresent()) {
            going.add("its pods with their mounts, interfaces and packet filter rules");
        }
        effects.add(new Effect.LedgerChanged(before -> forgotten(before, profile)));
        return Finding.Different.of("would remove " + String.join(", ", going), effects);
    }

    private static boolean destroys(Step step) throws StepEnded {
        return switch (step.getRemoveRole().getData()) {
            case DATA_DISPOSAL_KEEP -> false;
            case DATA_DISPOSAL_DESTROY -> true;
            case DATA_DISPOSAL_UNSPECIFIED, UNRECOGNIZED ->
                    throw StepEnded.failed(
                            "cannot remove role: neither KEEP nor DESTROY was said of its data");
        };
    }

    private static List<Unit> units(Profile profile, Ledger ledger) {
        return profile.units().stream()
                .filter(unit ->
                        Optional.ofNullable(ledger.units().get(unit.name()))
                                .filter(entry -> entry.role().equals(profile.role()))
                                .isPresent())
                .toList();
    }

    /** Files and links that this role alone claims. */
    private static List<String> files(Profile profile, ReadOnlyHost host) throws IOException {
        var files = new ArrayList<String>();
        for (String path : claimedAlone(profile, host.ledger())) {
            var status = host.status(path);
            if (status.isPresent() && !status.get().isDirectory()) {
                files.add(path);
            }
        }
        return files;
    }

    private static List<String> claimedAlone(Profile profile, Ledger ledger) {
        return ledger.paths().entrySet().stream()
                .filter(entry -> entry.getValue().equals(java.util.Set.of(profile.role())))
                .map(java.util.Map.Entry::getKey)
                .toList();
    }

    /** Topmost declared directories that this role alone claims and that are to be emptied. */
    private static List<Directory> emptied(Profile profile, Ledger ledger, boolean destroy) {
        return profile.directories().stream()
                .filter(directory ->
                        profile.directories().stream()
                                .noneMatch(
                                        other -> directory.path().startsWith(other.path() + "/")))
                .filter(directory ->
                        ledger.claimants(directory.path()).equals(java.util.Set.of(profile.role())))
                .filter(directory -> destroy || !directory.data())
                .toList();
    }

    private static Ledger forgotten(Ledger before, Profile profile) {
        Ledger ledger = before;
        for (String path : before.paths().keySet()) {
            ledger = ledger.withoutPath(profile.role(), path);
        }
        for (String user : before.users().keySet()) {
            ledger = ledger.withoutUser(profile.role(), user);
        }
        for (Unit unit : units(profile, before)) {
            ledger = ledger.withoutUnit(unit.name());
        }
        return ledger;
    }

    @Override
    public Optional<String> apply(Step step, Profile profile, Work work)
            throws StepEnded, IOException, InterruptedException {
        boolean destroy = destroys(step);
        List<Directory> emptied = emptied(profile, work.ledger(), destroy);
        var left = leftovers(profile, destroy, work);
        needNoMounts(emptied, left, work);
        for (Unit unit : units(profile, work.ledger())) {
            new ServiceControl(unit, guard, work).end(step.getRemoveRole().getWholeCluster());
        }
        if (left.isPresent()) {
            left.get().clear();
        }
        for (String path : files(profile, work.host())) {
            work.system().files().delete(path);
        }
        work.system().systemd().reload();
        for (Directory top : emptied) {
            MountPoints.empty(top.path(), work);
            // its user is about to go, and the next one might get the same number
            work.system().files().makeDirectory(top.path(), 0755, "root", "root");
        }
        removeUsers(profile, work);
        removeArtifacts(profile, work);
        work.ledger(ledger -> forgotten(ledger, profile));
        EnsureArtifactKind.forgetOld(work);
        if (installsNothing(work.ledger())) {
            HeldSet.forgetAll(work.system().files());
        }
        return Optional.of("removed role " + profile.role());
    }

    private boolean installsNothing(Ledger ledger) {
        return catalogue.profiles().stream()
                .noneMatch(other -> ledger.holds(other.role()) && !other.packages().isEmpty());
    }

    /** Empty if another role that is here leaves the same: then it is in use. */
    private Optional<LeftoversRemoval> leftovers(Profile profile, boolean destroy, Work work) {
        return profile.leftovers()
                .filter(_ ->
                        catalogue.profiles().stream()
                                .filter(other -> !other.role().equals(profile.role()))
                                .noneMatch(other ->
                                        other.leftovers().isPresent()
                                                && work.ledger().holds(other.role())))
                .map(it -> new LeftoversRemoval(it, destroy, work));
    }

    private static void needNoMounts(
            List<Directory> emptied, Optional<LeftoversRemoval> left, Work work)
            throws StepEnded, IOException, InterruptedException {
        var directories = new ArrayList<String>();
        emptied.forEach(directory -> directories.add(directory.path()));
        left.ifPresent(it -> directories.addAll(it.directories()));
        MountPoints.needNoneBelow(
                directories, mount -> left.isPresent() && left.get().isOwn(mount), work);
    }

    private static void removeUsers(Profile profile, Work work)
            throws StepEnded, IOException, InterruptedException {
        for (SystemUser user : profile.users()) {
            boolean ours =
                    java.util.Set.of(profile.role()).equals(work.ledger().users().get(user.name()));
            if (ours && work.host().hasUser(user.name())) {
                work.mustDo(
                        "remove user " + user.name(),
                        "userdel-" + user.name(),
                        List.of("userdel", "--", user.name()));
            }
        }
    }

    private void removeArtifacts(Profile profile, Work work) throws IOException {
        Ledger after = forgotten(work.ledger(), profile);
        for (Artifact artifact : profile.artifacts()) {
            boolean wanted =
                    catalogue.profiles().stream()
                            .anyMatch(other ->
                                    after.holds(other.role())
                                            && other.artifact(artifact.name()).isPresent());
            if (!wanted) {
                for (String link : PlacedArtifact.links(artifact).keySet()) {
                    if (work.ledger().claimants(link).contains(profile.role())) {
                        work.system().files().delete(link);
                    }
                }
                work.ledger(ledger -> ledger.withoutArtifact(artifact.name()));
            }
        }
    }
}
