package io.davit.lab;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

/** The ground that everything else stands on. */
class HostsIT {

    @Test
    void twoHostsRunTheirOwnSystemdAndReachEachOther() throws Exception {
        try (var lab = new Lab("it-hosts")) {
            lab.up("ctl", "e1").ok();
            assertThat(lab.exec("e1", "cat", "/proc/1/comm").ok()).isEqualTo("systemd\n");
            assertThat(lab.exec("e1", "hostname").ok()).isEqualTo("e1\n");
            assertThat(lab.exec("ctl", "ping", "-c1", "-W5", "198.18.0.11").exitCode()).isZero();
            assertThat(lab.sh("e1", "exit 7").exitCode()).isEqualTo(7);
            assertThat(lab.sh("e1", "command -v etcd haproxy java k3s").out()).isEmpty();
        }
        assertThat(Files.readString(Path.of("/proc/mounts"))).doesNotContain("it-hosts");
    }
}
