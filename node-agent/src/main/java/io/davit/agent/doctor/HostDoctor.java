package io.davit.agent.doctor;

import io.davit.agent.health.Probes;
import io.davit.agent.journal.Ledger;
import io.davit.agent.link.Address;
import io.davit.agent.observe.FactsReader;
import io.davit.agent.observe.LiveHost;
import io.davit.agent.observe.Obstacles;
import io.davit.agent.observe.SlotDigests;
import io.davit.agent.profile.Catalogue;
import io.davit.agent.profile.OsPackage;
import io.davit.agent.profile.Profile;
import io.davit.agent.system.Command;
import io.davit.agent.system.FileView;
import io.davit.agent.system.HostSystem;
import io.davit.agent.system.Printable;
import io.davit.common.Diagnosis;
import io.davit.common.Finding;
import io.davit.common.HostNeeds;
import io.davit.common.Names;
import io.davit.proto.agent.v1.FileSystem;
import io.davit.proto.agent.v1.HostFacts;
import io.davit.proto.agent.v1.Obstacle;
import java.io.IOException;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * Looks at a machine that is to be a host, in this order:
 *
 * <ol>
 *   <li>the machine: OS, systemd, cgroups, CPUs, memory, clock, identity, route, swap, security
 *       modules ({@link FactsReader});
 *   <li>the controller's listeners;
 *   <li>for each role what is in its way ({@link Obstacles}), its room, its packages;
 *   <li>what other installers left.
 * </ol>
 *
 * Nothing is written, no unit is made, no package list is fetched.
 */
public final class HostDoctor {

    private static final Duration DEADLINE = Duration.ofSeconds(10);
    private static final long MEBI = 1L << 20;
    private static final int VXLAN = 8472;
    private static final int BALANCER = 6443;
    private static final Pattern MACHINE_ID = Pattern.compile("[0-9a-f]{32}");
    private static final Pattern CANDIDATE = Pattern.compile("(?m)^ *Candidate: (\\S+)");
    private static final String TIME_SERVICE =
            "run a time service: apt-get install systemd-timesyncd, or chrony";

    /** Places of other installers, and whose they are. What our own roles want is told by them. */
    private static final Map<String, String> LEFTOVERS =
            Map.of(
                    "/etc/rancher/rke2", "rke2",
                    "/var/lib/rancher/rke2", "rke2",
                    "/etc/kubernetes", "kubeadm",
                    "/var/lib/kubelet", "a kubelet",
                    "/run/docker.sock", "docker",
                    "/run/containerd/containerd.sock", "containerd",
                    "/sys/class/net/cni0", "a network of pods",
                    "/sys/class/net/flannel.1", "flannel");

    private final HostSystem system;
    private final Catalogue catalogue;
    private final FactsReader facts;
    private final LiveHost host;
    private final ControllerLook controller;
    private final List<Finding> found = new ArrayList<>();

    /**
     * Makes one.
     *
     * @param ledger what Davit made here; empty before it made anything
     */
    public HostDoctor(
            HostSystem system,
            Catalogue catalogue,
            Ledger ledger,
            String agentVersion,
            ControllerLook controller) {
        this.system =
                new HostSystem(
                        system.files(),
                        system.systemd(),
                        system.processes(),
                        system.transientUnits(),
                        new DirectNetwork(system.network(), system.processes()),
                        system.kubeApi(),
                        system.clock());
        this.catalogue = catalogue;
        this.facts = new FactsReader(this.system, catalogue, agentVersion);
        this.host =
                new LiveHost(
                        this.system,
                        new Probes(catalogue, this.system),
                        () -> ledger,
                        new SlotDigests(Optional.empty()));
        this.controller = controller;
    }

    /**
     * Everything at once.
     *
     * @param roles that the machine is to have; empty: any
     * @param listeners of the controller, as far as they are known
     */
    public Diagnosis look(List<String> roles, List<Address> listeners) throws InterruptedException {
        List<Profile> wanted =
                catalogue.profiles().stream()
                        .filter(profile -> !profile.role().equals("host"))
                        .filter(profile -> roles.isEmpty() || roles.contains(profile.role()))
                        .toList();
        HostFacts seen = facts.read();
        machine(seen, wanted);
        listeners.forEach(this::controller);
        for (Profile profile : wanted) {
            role(profile);
        }
        room(seen, wanted);
        packages(wanted);
        if (wanted.stream().anyMatch(HostDoctor::runsK3s)) {
            vxlan();
        }
        leftovers();
        return new Diagnosis(found);
    }

    private static boolean runsK3s(Profile profile) {
        return Set.of("control-plane", "worker").contains(profile.role());
    }

    private void check(boolean good, String what, String said, String remedy) {
        found.add(good ? Finding.ok(what, said) : Finding.fail(what, said, remedy));
    }

    private void prefer(boolean good, String what, String said, String remedy) {
        found.add(good ? Finding.ok(what, said) : Finding.warn(what, said, remedy));
    }

    private void machine(HostFacts seen, List<Profile> wanted) throws InterruptedException {
        check(
                HostNeeds.supports(seen.getOsId(), seen.getOsVersion()),
                "OS",
                Printable.line((seen.getOsId() + " " + seen.getOsVersion()).strip(), 100),
                "supported: " + HostNeeds.SYSTEMS_TEXT);
        prefer(
                Set.of("amd64", "arm64").contains(seen.getArch()),
                "architecture",
                seen.getArch(),
                "k3s and etcd are fetched for amd64 and arm64");
        check(
                systemdRuns() && seen.getSystemdVersion() >= HostNeeds.SYSTEMD,
                "systemd",
                systemdRuns()
                        ? String.valueOf(seen.getSystemdVersion())
                        : "it does not run this machine",
                "a machine that systemd %d or newer runs is needed".formatted(HostNeeds.SYSTEMD));
        if (wanted.stream().anyMatch(HostDoctor::runsK3s)) {
            prefer(
                    seen.getCgroupVersion() == 2,
                    "cgroups",
                    "version " + seen.getCgroupVersion(),
                    "the kubelet of K3s 1.35 and newer refuses version 1: boot with"
                            + " systemd.unified_cgroup_hierarchy=1");
        }
        boolean server = wanted.stream().anyMatch(it -> it.role().equals("control-plane"));
        prefer(
                !server || seen.getCpus() >= HostNeeds.SERVER_CPUS,
                "CPUs",
                String.valueOf(seen.getCpus()),
                "K3s wants 2 for a server");
        prefer(
                !server || seen.getMemoryBytes() >= HostNeeds.SERVER_MEMORY_BYTES,
                "memory",
                seen.getMemoryBytes() / MEBI + " MiB",
                "K3s wants 2 GiB for a server");
        clock();
        identity(seen);
        prefer(
                seen.getHasDefaultRoute(),
                "default route",
                seen.getHasDefaultRoute() ? "there is one" : "there is none",
                "K3s may need one, if only a dummy");
        boolean swap = text("/proc/swaps").lines().count() > 1;
        prefer(
                !swap,
                "swap",
                swap ? "is in use" : "none",
                "k3s starts with it, but limits of pods do not count it: swapoff -a, and out of"
                        + " /etc/fstab");
        boolean enforcing = text("/sys/fs/selinux/enforce").strip().equals("1");
        prefer(
                !enforcing,
                "SELinux",
                enforcing ? "enforces" : "does not enforce",
                "k3s needs its own policy then (k3s-selinux), which Davit does not install");
        found.add(
                Finding.ok(
                        "AppArmor",
                        text("/sys/module/apparmor/parameters/enabled").startsWith("Y")
                                ? "is on; k3s uses it"
                                : "is off"));
    }

    private boolean systemdRuns() {
        return exists("/run/systemd/system");
    }

    private void clock() throws InterruptedException {
        String said = run("timedatectl", "show", "--property=NTPSynchronized", "--value").strip();
        prefer(
                said.equals("yes"),
                "clock",
                switch (said) {
                    case "yes" -> "synchronised";
                    case "no" -> "nothing keeps it right";
                    default -> "timedatectl does not say whether it is kept right";
                },
                "off by more than 30 s it is refused; " + TIME_SERVICE);
    }

    private void identity(HostFacts seen) {
        String id = seen.getMachineId();
        boolean good = MACHINE_ID.matcher(id).matches() && id.chars().distinct().count() > 3;
        check(
                good,
                "machine-id",
                id.isEmpty()
                        ? "there is none"
                        : good ? id : "\"" + Names.printable(id) + "\" is none",
                "rm -f /etc/machine-id && systemd-machine-id-setup; an image for clones has it"
                        + " empty");
        String name = seen.getHostname();
        String first = name.replaceFirst("[.].*", "").toLowerCase(Locale.ROOT);
        prefer(
                Names.isLabel(first) && !first.equals("localhost"),
                "host name",
                name.isEmpty() ? "there is none" : Names.printable(name),
                "hostnamectl set-hostname NAME; davit hosts shows it, and workers of a pool are"
                        + " told apart by it");
    }

    private void controller(Address listener) {
        String what = "controller " + listener;
        Instant now = system.clock().now();
        try {
            var seen = controller.at(listener);
            if (now.isBefore(seen.notBefore()) || now.isAfter(seen.notAfter())) {
                found.add(
                        Finding.fail(
                                what,
                                "answers, but its certificate is for %s to %s, and here it is %s"
                                        .formatted(seen.notBefore(), seen.notAfter(), now),
                                "set the clock; " + TIME_SERVICE));
            } else {
                found.add(Finding.ok(what, "answers"));
            }
        } catch (IOException e) {
            found.add(
                    Finding.fail(
                            what,
                            "cannot be reached: "
                                    + Printable.line(String.valueOf(e.getMessage()), 200),
                            e.getCause() instanceof UnknownHostException
                                    ? "mend this machine's DNS, write the name into its /etc/hosts,"
                                            + " or give another name or the address"
                                    : "see whether davit serve runs there (systemctl status davit),"
                                            + " and open the port for this machine (davit doctor"
                                            + " controller, there)"));
        }
    }

    private void role(Profile profile) throws InterruptedException {
        String what = "role " + profile.role();
        if (host.ledger().holds(profile.role())) {
            found.add(Finding.ok(what, "installed by Davit"));
            return;
        }
        if (!systemdRuns()) {
            found.add(
                    Finding.warn(
                            what,
                            "not looked at: nobody tells which units there are",
                            "first mend systemd"));
            return;
        }
        try {
            var obstacles =
                    Obstacles.of(profile, host).stream()
                            .filter(it -> !it.getKind().equals(Obstacles.UNSUPPORTED))
                            .toList();
            for (Obstacle obstacle : obstacles) {
                found.add(Finding.fail(what, obstacle.getWhy(), obstacle.getRemedy()));
            }
            boolean taken = profile.role().equals("load-balancer") && taken(BALANCER);
            if (taken) {
                found.add(
                        Finding.warn(
                                what,
                                "port %d is taken by %s".formatted(BALANCER, host.holder(BALANCER)),
                                "stop that program, or give the load balancers another port"
                                        + " (loadBalancer.port)"));
            } else if (obstacles.isEmpty()) {
                found.add(Finding.ok(what, "nothing is in its way"));
            }
        } catch (IOException e) {
            found.add(
                    Finding.warn(
                            what,
                            "cannot look everywhere: "
                                    + Printable.line(String.valueOf(e.getMessage()), 200),
                            "run this as root"));
        }
    }

    private boolean taken(int port) throws IOException {
        return host.listeners().stream().anyMatch(listener -> listener.port() == port);
    }

    private void room(HostFacts seen, List<Profile> wanted) {
        var needs = new LinkedHashSet<String>();
        if (wanted.stream().anyMatch(it -> it.role().equals("etcd"))) {
            needs.add("/var/lib/etcd");
        }
        if (wanted.stream().anyMatch(HostDoctor::runsK3s)) {
            needs.add("/var/lib/rancher");
        }
        for (FileSystem fileSystem : seen.getFileSystemsList()) {
            if (needs.contains(fileSystem.getDirectory()) && fileSystem.getSizeBytes() > 0) {
                long needed =
                        fileSystem.getDirectory().equals("/var/lib/etcd")
                                ? HostNeeds.ETCD_ROOM_BYTES
                                : HostNeeds.K3S_ROOM_BYTES;
                check(
                        fileSystem.getFreeBytes() >= needed,
                        "disk " + fileSystem.getDirectory(),
                        fileSystem.getFreeBytes() / MEBI + " MiB free",
                        "%d MiB are needed to begin with: make room, or mount a larger disk there"
                                .formatted(needed / MEBI));
            }
        }
    }

    private void packages(List<Profile> wanted) throws InterruptedException {
        var names = new LinkedHashSet<String>();
        wanted.forEach(
                profile -> profile.packages().stream().map(OsPackage::name).forEach(names::add));
        for (String name : names) {
            String shown =
                    run(
                            "apt-cache",
                            "-o",
                            "Dir::Cache::pkgcache=",
                            "-o",
                            "Dir::Cache::srcpkgcache=",
                            "policy",
                            name);
            var candidate = CANDIDATE.matcher(shown);
            String version = candidate.find() ? candidate.group(1) : "(none)";
            check(
                    !version.equals("(none)"),
                    "package " + name,
                    version.equals("(none)") ? "no source of apt has it" : version,
                    "apt-get update, and see /etc/apt/sources.list");
        }
    }

    private void vxlan() {
        String suffix = ":%04X".formatted(VXLAN);
        boolean taken =
                List.of("/proc/net/udp", "/proc/net/udp6").stream()
                        .flatMap(table -> text(table).lines())
                        .map(line -> line.strip().split("\\s+"))
                        .anyMatch(fields -> fields.length > 1 && fields[1].endsWith(suffix));
        prefer(
                !taken,
                "port 8472/udp",
                taken ? "is taken" : "free, for flannel",
                "ss -lunp sport = :8472 tells by whom; flannel's vxlan needs it between all nodes");
    }

    private void leftovers() {
        boolean none = true;
        for (var place : new java.util.TreeMap<>(LEFTOVERS).entrySet()) {
            if (exists(place.getKey()) && !ours(place.getKey())) {
                none = false;
                found.add(
                        Finding.warn(
                                "leftovers",
                                "%s is there: %s".formatted(place.getKey(), place.getValue()),
                                "a host should run nothing else of the kind: remove it, or take"
                                        + " another machine"));
            }
        }
        if (none) {
            found.add(Finding.ok("leftovers", "of no other installer"));
        }
    }

    /** Where k3s runs by Davit's hand, its kubelet and its network are no leftovers. */
    private boolean ours(String path) {
        boolean k3s = host.ledger().holds("control-plane") || host.ledger().holds("worker");
        return k3s && (path.startsWith("/sys/class/net/") || path.equals("/var/lib/kubelet"));
    }

    private boolean exists(String path) {
        try {
            return system.files().status(path).isPresent();
        } catch (IOException e) {
            return false;
        }
    }

    private String run(String... argv) throws InterruptedException {
        try {
            var finished = system.processes().run(Command.of(DEADLINE, argv));
            return finished.ok() ? finished.stdout() : "";
        } catch (IOException e) {
            return "";
        }
    }

    private String text(String path) {
        FileView files = system.files();
        try {
            return new String(files.read(path, 4 << 20), StandardCharsets.UTF_8);
        } catch (IOException e) {
            return "";
        }
    }
}
