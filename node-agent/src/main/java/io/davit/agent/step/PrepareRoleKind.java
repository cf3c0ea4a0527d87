package io.davit.agent.step;

import io.davit.agent.journal.Ledger;
import io.davit.agent.observe.Effect;
import io.davit.agent.observe.Obstacles;
import io.davit.agent.observe.Preparation;
import io.davit.agent.observe.ReadOnlyHost;
import io.davit.agent.profile.Directory;
import io.davit.agent.profile.Profile;
import io.davit.agent.profile.SystemUser;
import io.davit.proto.agent.v1.Obstacle;
import io.davit.proto.agent.v1.Step;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Users, modules and kernel settings by transient units, directories directly. Of a role that is
 * not on this host yet, everything in its way is found here, before anything is touched.
 */
final class PrepareRoleKind implements StepKind {

    @Override
    public Finding check(Step step, Profile profile, ReadOnlyHost host)
            throws StepEnded, IOException, InterruptedException {
        if (!host.ledger().holds(profile.role())) {
            for (Obstacle obstacle : Obstacles.of(profile, host)) {
                throw inTheWay(profile, obstacle);
            }
        }
        for (Directory directory : profile.directories()) {
            var obstacle = Obstacles.directory(profile, directory.path(), host);
            if (obstacle.isPresent()) {
                throw inTheWay(profile, obstacle.get());
            }
        }
        Preparation missing = Preparation.missing(profile, host);
        if (missing.isEmpty()) {
            return new Finding.Same();
        }
        var effects = new ArrayList<Effect>();
        missing.users().forEach(user -> effects.add(new Effect.UserMade(user.name())));
        missing.directories()
                .forEach(directory ->
                        effects.add(
                                new Effect.DirectoryMade(
                                        directory.path(),
                                        directory.mode(),
                                        directory.owner(),
                                        directory.group())));
        effects.add(
                new Effect.LedgerChanged(
                        ledger -> ledger.withPaths(profile.role(), paths(missing))));
        return Finding.Different.of("would make " + String.join(", ", missing.names()), effects);
    }

    private static StepEnded inTheWay(Profile profile, Obstacle obstacle) {
        return StepEnded.blocked(
                "cannot prepare %s: %s%s"
                        .formatted(
                                profile.role(),
                                obstacle.getKind().equals(Obstacles.NOT_OURS) ? "not ours: " : "",
                                obstacle.getWhy()),
                obstacle.getRemedy());
    }

    private static List<String> paths(Preparation missing) {
        return missing.directories().stream().map(Directory::path).toList();
    }

    @Override
    public Optional<String> apply(Step step, Profile profile, Work work)
            throws StepEnded, IOException, InterruptedException {
        Preparation missing = Preparation.missing(profile, work.host());
        for (SystemUser user : missing.users()) {
            makeUser(profile, user, work);
        }
        for (String module : missing.modules()) {
            work.mustDo(
                    "load module " + module,
                    "modprobe-" + module,
                    List.of("modprobe", "--", module));
        }
        for (var sysctl : missing.sysctls().entrySet()) {
            work.mustDo(
                    "set " + sysctl.getKey(),
                    "sysctl-" + sysctl.getKey(),
                    List.of("sysctl", "--write", sysctl.getKey() + "=" + sysctl.getValue()));
        }
        work.claim(profile.role(), paths(missing));
        for (Directory directory : missing.directories()) {
            boolean there = work.host().status(directory.path()).isPresent();
            if (!there || !directory.data() || isNew(directory, work)) {
                work.system()
                        .files()
                        .makeDirectory(
                                directory.path(),
                                directory.mode(),
                                directory.owner(),
                                directory.group());
            }
        }
        return Optional.of("made " + String.join(", ", missing.names()));
    }

    /** A data directory in use keeps the mode that its service gave it. */
    private static boolean isNew(Directory directory, Work work) throws IOException {
        return work.host().list(directory.path()).stream()
                .allMatch(name -> name.equals("lost+found"));
    }

    private static void makeUser(Profile profile, SystemUser user, Work work)
            throws StepEnded, IOException, InterruptedException {
        work.ledger((Ledger ledger) -> ledger.withUser(profile.role(), user.name()));
        var argv = new ArrayList<String>();
        argv.addAll(
                List.of(
                        "useradd",
                        "--system",
                        "--no-create-home",
                        "--home-dir",
                        user.home(),
                        "--shell",
                        "/usr/sbin/nologin"));
        if (work.host().hasGroup(user.name())) {
            argv.addAll(List.of("--gid", user.name()));
        } else {
            argv.add("--user-group");
        }
        argv.addAll(List.of("--", user.name()));
        work.mustDo("make user " + user.name(), "useradd-" + user.name(), argv);
    }
}
