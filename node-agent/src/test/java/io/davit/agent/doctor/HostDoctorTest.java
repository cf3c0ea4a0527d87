package io.davit.agent.doctor;

import static org.assertj.core.api.Assertions.assertThat;

import io.davit.agent.journal.Ledger;
import io.davit.agent.link.Address;
import io.davit.agent.profile.Catalogue;
import io.davit.agent.system.FakeHost;
import io.davit.agent.system.Finished;
import io.davit.common.Diagnosis;
import io.davit.common.Finding;
import io.davit.common.Finding.Level;
import java.io.IOException;
import java.net.UnknownHostException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class HostDoctorTest {

    private static final Address AGENTS = new Address("ctl.example.test", 7443);

    @TempDir private Path directory;

    private FakeHost host;
    private Ledger ledger = Ledger.EMPTY;
    private ControllerLook controller =
            _ ->
                    new ControllerLook.Seen(
                            Instant.parse("2026-11-01T00:00:00Z"),
                            Instant.parse("2027-11-01T00:00:00Z"));

    @BeforeEach
    void aMachineThatIsWell() throws IOException {
        host = new FakeHost(directory);
        Files.createDirectories(host.files().resolve("/run/systemd/system"));
        host.write("/proc/sys/kernel/hostname", "h1\n");
        host.write("/etc/machine-id", "0123456789abcdef0123456789abcdef\n");
        host.write("/proc/cpuinfo", "processor\t: 0\nprocessor\t: 1\n");
        host.write("/proc/meminfo", "MemTotal:        4000000 kB\n");
        host.write("/sys/fs/cgroup/cgroup.controllers", "cpu memory\n");
        host.write(
                "/proc/net/route",
                "Iface\tDestination\tGateway\tFlags\tRefCnt\tUse\tMetric\tMask\n"
                        + "eth0\t00000000\t0100A8C0\t0003\t0\t0\t0\t00000000\n");
        host.write("/proc/swaps", "Filename\tType\tSize\tUsed\tPriority\n");
        answers(List.of("systemctl", "--version"), "systemd 252 (252.39)\n");
        answers(List.of("timedatectl"), "yes\n");
        answers(List.of("apt-cache"), "haproxy:\n  Installed: (none)\n  Candidate: 2.6.12\n");
    }

    private void answers(List<String> begin, String printed) {
        host.processes()
                .when(
                        argv ->
                                argv.size() >= begin.size()
                                        && argv.subList(0, begin.size()).equals(begin),
                        _ -> new Finished(0, printed, ""));
    }

    private Diagnosis look(String... roles) throws InterruptedException {
        return new HostDoctor(
                        host.system(),
                        Catalogue.compiledIn(),
                        ledger,
                        "1.0",
                        it -> controller.at(it))
                .look(List.of(roles), List.of(AGENTS));
    }

    private List<Finding> of(String what, String... roles) throws InterruptedException {
        return look(roles).findings().stream()
                .filter(finding -> finding.what().equals(what))
                .toList();
    }

    private void fails(String what, String said) throws InterruptedException {
        assertThat(of(what))
                .anySatisfy(finding -> {
                    assertThat(finding.level()).isEqualTo(Level.FAIL);
                    assertThat(finding.said()).contains(said);
                    assertThat(finding.remedy()).isNotBlank();
                });
        assertThat(look().exitCode()).isEqualTo(3);
    }

    private void warns(String what, String said) throws InterruptedException {
        assertThat(of(what))
                .anySatisfy(finding -> {
                    assertThat(finding.level()).isEqualTo(Level.WARN);
                    assertThat(finding.said()).contains(said);
                    assertThat(finding.remedy()).isNotBlank();
                });
        assertThat(look().exitCode()).isZero();
    }

    @Test
    void aMachineThatIsWellIsToldSoAndNothingOnItChanges() throws Exception {
        var before = host.tree();

        var diagnosis = look();

        assertThat(diagnosis.findings()).allMatch(finding -> finding.level() == Level.OK);
        assertThat(diagnosis.findings())
                .extracting(Finding::what)
                .contains(
                        "OS",
                        "systemd",
                        "cgroups",
                        "clock",
                        "machine-id",
                        "default route",
                        "controller ctl.example.test:7443",
                        "role etcd",
                        "role worker",
                        "disk /var/lib/etcd",
                        "package haproxy",
                        "package keepalived",
                        "port 8472/udp",
                        "leftovers");
        assertThat(host.tree()).isEqualTo(before);
        assertThat(host.processes().ran())
                .extracting(List::getFirst)
                .isSubsetOf("systemctl", "timedatectl", "apt-cache", "ss");
    }

    @Test
    void onlyWhatARoleNeedsIsLookedAt() throws Exception {
        assertThat(look("etcd").findings())
                .extracting(Finding::what)
                .contains("role etcd", "disk /var/lib/etcd")
                .doesNotContain(
                        "role worker",
                        "cgroups",
                        "package haproxy",
                        "port 8472/udp",
                        "disk /var/lib/rancher");
        host.write("/proc/cpuinfo", "processor\t: 0\n");
        assertThat(of("CPUs", "worker").getFirst().level()).isEqualTo(Level.OK);
        assertThat(of("CPUs", "control-plane").getFirst().level()).isEqualTo(Level.WARN);
    }

    @Test
    void anOsThatIsNotSupportedAndAnOldSystemdFail() throws Exception {
        host.write("/etc/os-release", "ID=fedora\nVERSION_ID=42\n");
        fails("OS", "fedora 42");
        answers(List.of("systemctl", "--version"), "systemd 241\n");
        fails("systemd", "241");
        Files.delete(host.files().resolve("/run/systemd/system"));
        fails("systemd", "it does not run this machine");
        assertThat(of("role etcd")).allMatch(finding -> finding.level() == Level.WARN);
    }

    @Test
    void portsAndPathsInTheWayOfARoleFailAndNameTheHolder() throws Exception {
        host.network().listen(2379);
        answers(
                List.of("ss", "-ltnpH", "sport", "=", ":2379"),
                "LISTEN 0 9 *:2379 *:* users:((\"etcd\",pid=811,fd=3))\n");
        fails("role etcd", "port 2379 is taken by etcd (pid 811)");
        host.network().close(2379);
        host.write("/etc/rancher/k3s/config.yaml", "server: x\n");
        fails("role control-plane", "/etc/rancher");
        assertThat(of("role etcd")).allMatch(finding -> finding.level() == Level.OK);
    }

    @Test
    void aRoleThatDavitInstalledIsWellWhateverListens() throws Exception {
        var paths = new TreeMap<String, java.util.SortedSet<String>>();
        paths.put("/etc/etcd", new TreeSet<>(Set.of("etcd")));
        ledger = new Ledger(paths, new TreeMap<>(), new TreeMap<>(), new TreeMap<>());
        host.network().listen(2379);
        assertThat(of("role etcd")).containsExactly(Finding.ok("role etcd", "installed by Davit"));
    }

    @Test
    void aLoadBalancersPortIsTheSpecsSoThatItIsOnlyAWarning() throws Exception {
        host.network().listen(6443);
        assertThat(of("role load-balancer", "load-balancer").getFirst().level())
                .isEqualTo(Level.WARN);
    }

    @Test
    void aControllerThatCannotBeReachedFailsWithTheReason() throws Exception {
        controller =
                _ -> {
                    throw new IOException("connect timed out: firewall?");
                };
        fails("controller " + AGENTS, "firewall?");
    }

    @Test
    void aNameThatDoesNotResolveIsNoMatterOfPorts() throws Exception {
        controller =
                _ -> {
                    throw new IOException(
                            "name ctl cannot be resolved", new UnknownHostException("ctl"));
                };
        assertThat(of("controller " + AGENTS).getFirst().remedy())
                .contains("DNS", "/etc/hosts")
                .doesNotContain("port");
    }

    @Test
    void aClockThatIsFarOffShowsInTheControllersCertificate() throws Exception {
        controller =
                _ ->
                        new ControllerLook.Seen(
                                Instant.parse("2026-12-01T00:00:00Z"),
                                Instant.parse("2027-12-01T00:00:00Z"));
        fails("controller " + AGENTS, "its certificate is for 2026-12-01");
    }

    @Test
    void aMachineIdThatIsNoneFails() throws Exception {
        host.write("/etc/machine-id", "uninitialized\n");
        fails("machine-id", "uninitialized");
        host.write("/etc/machine-id", "0".repeat(32));
        fails("machine-id", "000");
        host.write("/etc/machine-id", "");
        fails("machine-id", "there is none");
    }

    @Test
    void whatK3sOnlyDislikesIsAWarning() throws Exception {
        host.write("/proc/meminfo", "MemTotal: 1000000 kB\n");
        warns("memory", "976 MiB");
        host.write("/proc/net/route", "Iface\n");
        warns("default route", "there is none");
        host.write("/proc/swaps", "Filename\n/swap file 1 0 -2\n");
        warns("swap", "is in use");
        host.write("/sys/fs/selinux/enforce", "1");
        warns("SELinux", "enforces");
        host.write("/proc/sys/kernel/hostname", "localhost\n");
        warns("host name", "localhost");
        host.write(
                "/proc/net/udp",
                "  sl  local_address rem_address\n 1: 00000000:2118 00000000:0000 07\n");
        warns("port 8472/udp", "is taken");
        answers(List.of("timedatectl"), "no\n");
        warns("clock", "nothing keeps it right");
        Files.delete(host.files().resolve("/sys/fs/cgroup/cgroup.controllers"));
        warns("cgroups", "version 1");
    }

    @Test
    void whatOtherInstallersLeftIsNamed() throws Exception {
        host.write("/etc/kubernetes/admin.conf", "x");
        warns("leftovers", "/etc/kubernetes is there: kubeadm");
        host.write("/run/docker.sock", "");
        warns("leftovers", "docker");
    }

    @Test
    void aPackageThatNoSourceHasFails() throws Exception {
        answers(List.of("apt-cache"), "keepalived:\n  Candidate: (none)\n");
        fails("package keepalived", "no source of apt has it");
    }
}
