package io.davit.agent.step;

import io.davit.agent.observe.Observer;
import io.davit.agent.observe.ReadOnlyHost;
import io.davit.agent.profile.OsPackage;
import io.davit.agent.profile.Profile;
import io.davit.agent.system.Command;
import io.davit.agent.system.Processes;
import io.davit.common.Names;
import io.davit.proto.agent.v1.EnsurePackage;
import io.davit.proto.agent.v1.Step;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A package of the operating system, by apt in transient units: from the host's own sources, or
 * from a set that the controller holds and from nothing else. Its unit is masked while it installs,
 * since Debian starts services on installation; files of people stay as they are.
 */
final class EnsurePackageKind implements StepKind {

    private static final Pattern VERSION = Pattern.compile("([0-9][A-Za-z0-9.+:~-]{0,100})?");
    private static final Pattern CANDIDATE = Pattern.compile("Candidate: (\\S+)");

    private final Processes processes;
    private final String arch;

    EnsurePackageKind(Processes processes, String arch) {
        this.processes = processes;
        this.arch = arch;
    }

    @Override
    public Finding check(Step step, Profile profile, ReadOnlyHost host)
            throws StepEnded, IOException, InterruptedException {
        EnsurePackage ensure = step.getEnsurePackage();
        OsPackage wanted = osPackage(ensure, profile);
        boolean right = right(ensure, wanted);
        if (right) {
            boolean masked = host.unit(wanted.unit()).loadState().equals("masked");
            return masked
                    ? Finding.Different.of("would unmask " + wanted.unit(), List.of())
                    : new Finding.Same();
        }
        if (ensure.hasHeld()) {
            var held = new HeldSet(ensure.getHeld(), arch);
            held.judge(host);
            return Finding.Different.of(
                    "would install %s %s %s"
                            .formatted(
                                    wanted.name(), ensure.getHeld().getOffered(), held.from(host)),
                    List.of());
        }
        return Finding.Different.of(
                "would install %s %s (candidate %s)"
                        .formatted(wanted.name(), ensure.getVersion(), candidate(wanted)),
                List.of());
    }

    private boolean right(EnsurePackage ensure, OsPackage wanted) throws InterruptedException {
        String installed = Observer.packageVersion(wanted.name(), processes);
        return !installed.isEmpty()
                && (ensure.getVersion().isEmpty() || installed.equals(ensure.getVersion()));
    }

    /** Without these options apt-cache writes its cache files. */
    private String candidate(OsPackage wanted) throws IOException, InterruptedException {
        var shown =
                processes.run(
                        Command.of(
                                Duration.ofSeconds(30),
                                "apt-cache",
                                "-o",
                                "Dir::Cache::pkgcache=",
                                "-o",
                                "Dir::Cache::srcpkgcache=",
                                "policy",
                                wanted.name()));
        Matcher candidate = CANDIDATE.matcher(shown.stdout());
        return candidate.find() ? candidate.group(1) : "unknown";
    }

    private static OsPackage osPackage(EnsurePackage ensure, Profile profile) throws StepEnded {
        if (!VERSION.matcher(ensure.getVersion()).matches()) {
            throw StepEnded.failed(
                    "cannot install package: version \"%s\""
                            .formatted(Names.printable(ensure.getVersion())));
        }
        return profile.osPackage(ensure.getPackage())
                .orElseThrow(() ->
                        StepEnded.failed(
                                "cannot install \"%s\": role %s has no such package"
                                        .formatted(
                                                Names.printable(ensure.getPackage()),
                                                profile.role())));
    }

    @Override
    public Optional<String> apply(Step step, Profile profile, Work work)
            throws StepEnded, IOException, InterruptedException {
        EnsurePackage ensure = step.getEnsurePackage();
        OsPackage wanted = osPackage(ensure, profile);
        var systemd = work.system().systemd();
        if (right(ensure, wanted)) {
            // an earlier attempt was stopped between the installation and this
            systemd.unmask(wanted.unit());
            return Optional.of("unmasked " + wanted.unit());
        }
        String name =
                ensure.getVersion().isEmpty()
                        ? wanted.name()
                        : wanted.name() + "=" + ensure.getVersion();
        var held =
                ensure.hasHeld()
                        ? Optional.of(new HeldSet(ensure.getHeld(), arch))
                        : Optional.<HeldSet>empty();
        if (held.isPresent()) {
            held.get().judge(work.host());
            held.get().bring(work);
        }
        if (Observer.packageVersion(wanted.name(), processes).isEmpty()) {
            systemd.mask(wanted.unit());
        }
        try {
            work.progress("reading the package index");
            work.mustDo("read the package index", "apt-update", apt(held, List.of("update")));
            work.progress("installing " + name);
            work.mustDo("install " + name, "apt-install", apt(held, install(held, name)));
        } catch (StepEnded e) {
            if (held.isPresent()) {
                held.get().forget(work);
            }
            throw e;
        }
        systemd.unmask(wanted.unit());
        return Optional.of(
                "installed "
                        + wanted.name()
                        + " "
                        + Observer.packageVersion(wanted.name(), processes));
    }

    private static List<String> apt(Optional<HeldSet> held, List<String> arguments) {
        var argv = new ArrayList<>(List.of("apt-get", "--quiet"));
        held.ifPresent(set -> argv.addAll(set.options()));
        argv.addAll(arguments);
        return argv;
    }

    private static List<String> install(Optional<HeldSet> held, String name) {
        var arguments = new ArrayList<>(List.of("--yes", "--no-install-recommends"));
        if (held.isEmpty()) {
            arguments.add("--allow-downgrades");
        }
        arguments.addAll(
                List.of(
                        "--option=Dpkg::Options::=--force-confdef",
                        "--option=Dpkg::Options::=--force-confold",
                        "--option=DPkg::Lock::Timeout=120",
                        "install",
                        "--",
                        name));
        return arguments;
    }
}
