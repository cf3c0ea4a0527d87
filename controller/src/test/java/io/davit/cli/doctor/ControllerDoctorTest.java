package io.davit.cli.doctor;

import static org.assertj.core.api.Assertions.assertThat;

import io.davit.common.Diagnosis;
import io.davit.common.Finding;
import io.davit.common.Finding.Level;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ControllerDoctorTest {

    @TempDir private Path folder;

    private final FakeSurroundings machine = FakeSurroundings.well();

    private Diagnosis look() throws InterruptedException {
        return new ControllerDoctor(machine, folder.resolve("controller.yaml")).look();
    }

    private Finding of(String what) throws InterruptedException {
        return look().findings().stream()
                .filter(finding -> finding.what().equals(what))
                .findFirst()
                .orElseThrow();
    }

    private void configure(String text) throws Exception {
        Path file = Files.writeString(folder.resolve("controller.yaml"), text);
        machine.files.put(file.toString(), text);
        machine.modes.put("/etc/davit/controller.key", 0600);
    }

    @Test
    void aMachineBeforeInitHasNothingInTheWayAndIsToldWhatComesNext() throws Exception {
        var diagnosis = look();

        assertThat(diagnosis.findings()).allMatch(finding -> finding.level() == Level.OK);
        assertThat(diagnosis.exitCode()).isZero();
        assertThat(diagnosis.text())
                .contains("none yet; next: davit init --name ctl", "all is well")
                .contains("port 7443", "port 7446", "free, for operators");
    }

    @Test
    void aPortThatSomebodyHasFailsAndNamesThem() throws Exception {
        machine.listen(7444, "nginx", "811");

        var port = of("port 7444");

        assertThat(port.level()).isEqualTo(Level.FAIL);
        assertThat(port.said()).isEqualTo("is taken by nginx (pid 811)");
        assertThat(port.remedy()).contains("listen.enrolment");
        assertThat(look().exitCode()).isEqualTo(3);
    }

    @Test
    void portsThatTheControllerItselfHoldsAreWell() throws Exception {
        configure("names: [ctl]\n");
        machine.listen(7443, "java", "4242");
        machine.programs.put("systemctl show --property=MainPID --value davit.service", "4242\n");
        machine.programs.put(
                "systemctl show --property=ActiveState --value davit.service", "active\n");

        assertThat(of("port 7443").said()).startsWith("held by davit (pid 4242)");
        assertThat(look().exitCode()).isZero();
        assertThat(of("service").level()).isEqualTo(Level.OK);
    }

    @Test
    void aConfigurationMovesPortsAndNames() throws Exception {
        configure("names: [other.example.test]\nlisten: {agents: \"0.0.0.0:9443\"}\n");

        assertThat(look().findings())
                .extracting(Finding::what)
                .contains("port 9443", "name other.example.test")
                .doesNotContain("port 7443");
        assertThat(of("name other.example.test").level()).isEqualTo(Level.WARN);
        machine.names.put("other.example.test", List.of("203.0.113.7"));
        assertThat(of("name other.example.test").said()).contains("no interface");
        machine.names.put("other.example.test", List.of("127.0.1.1"));
        assertThat(of("name other.example.test").remedy()).contains("/etc/hosts");
        assertThat(of("service").remedy()).isEqualTo("systemctl enable --now davit");
    }

    @Test
    void aWrongConfigurationIsToldWithItsPlace() throws Exception {
        configure("nmaes: [ctl]\n");

        assertThat(of("configuration").level()).isEqualTo(Level.FAIL);
        assertThat(of("configuration").said()).contains(":1:1", "nmaes");
    }

    @Test
    void aKeyFileThatOthersMayReadOrThatIsGoneFails() throws Exception {
        configure("names: [ctl]\n");
        machine.modes.put("/etc/davit/controller.key", 0644);
        assertThat(of("key file").remedy()).isEqualTo("chmod 0600 /etc/davit/controller.key");
        machine.modes.clear();
        assertThat(of("key file").remedy()).contains("davit restore");
    }

    @Test
    void aStateOnMemoryOrOnANetworkFailsAndLittleRoomToo() throws Exception {
        machine.disk = new Surroundings.Disk("/var", "tmpfs", 50L << 30);
        assertThat(of("disk").level()).isEqualTo(Level.FAIL);
        machine.disk = new Surroundings.Disk("/var", "nfs4", 50L << 30);
        assertThat(of("disk").said()).contains("network");
        machine.disk = new Surroundings.Disk("/var", "ext4", 100L << 20);
        assertThat(of("disk").level()).isEqualTo(Level.FAIL);
        machine.disk = new Surroundings.Disk("/var", "ext4", 2L << 30);
        assertThat(of("disk").level()).isEqualTo(Level.WARN);
    }

    @Test
    void aMachineWithoutSystemdOrWithAnOldOneFails() throws Exception {
        machine.programs.put("systemctl --version", "systemd 241 (241)\n");
        assertThat(of("systemd").level()).isEqualTo(Level.FAIL);
        machine.files.remove("/run/systemd/system");
        assertThat(of("systemd").said()).contains("does not run");
    }

    @Test
    void whatIsOnlyWorthKnowingIsAWarning() throws Exception {
        machine.files.put("/proc/self/status", "Name:\tdavit\nUid:\t1000\t1000\t1000\t1000\n");
        machine.files.put("/etc/os-release", "ID=fedora\nVERSION_ID=42\n");
        machine.files.put("/proc/meminfo", "MemTotal: 500000 kB\n");
        machine.programs.put("timedatectl show --property=NTPSynchronized --value", "no\n");

        assertThat(look().findings())
                .filteredOn(finding -> finding.level() == Level.WARN)
                .extracting(Finding::what)
                .containsExactly("user", "OS", "memory", "clock");
        assertThat(look().exitCode()).isZero();
        assertThat(look().text()).contains("nothing failed, 4 warnings");
    }
}
