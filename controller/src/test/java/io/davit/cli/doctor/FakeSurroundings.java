package io.davit.cli.doctor;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** A machine that a test makes well or ill. */
final class FakeSurroundings implements Surroundings {

    final Map<String, String> files = new HashMap<>();
    final Map<String, Integer> modes = new HashMap<>();
    final Map<String, String> programs = new HashMap<>();
    final Map<String, List<String>> names = new HashMap<>();
    List<String> addresses = List.of("127.0.0.1", "192.0.2.10");
    Disk disk = new Disk("/var", "ext4", 50L << 30);

    /** A Debian on which nothing is in the way of a controller. */
    static FakeSurroundings well() {
        var machine = new FakeSurroundings();
        machine.files.put("/proc/self/status", "Name:\tdavit\nUid:\t0\t0\t0\t0\n");
        machine.files.put("/etc/os-release", "ID=debian\nVERSION_ID=\"12\"\n");
        machine.files.put("/run/systemd/system", "");
        machine.files.put("/proc/meminfo", "MemTotal:        2000000 kB\n");
        machine.files.put("/proc/sys/kernel/hostname", "ctl\n");
        machine.programs.put("systemctl --version", "systemd 252 (252.39-1~deb12u1)\n");
        machine.programs.put("timedatectl show --property=NTPSynchronized --value", "yes\n");
        machine.names.put("ctl", List.of("192.0.2.10"));
        return machine;
    }

    /** Somebody listens on this port. */
    void listen(int port, String program, String pid) {
        files.merge(
                "/proc/net/tcp",
                "  sl  local_address rem_address   st\n   0: 00000000:%04X 00000000:0000 0A\n"
                        .formatted(port),
                String::concat);
        programs.put(
                "ss -ltnpH sport = :" + port,
                "LISTEN 0 50 *:%d *:* users:((\"%s\",pid=%s,fd=9))\n"
                        .formatted(port, program, pid));
    }

    @Override
    public Optional<String> text(String path) {
        return Optional.ofNullable(files.get(path));
    }

    @Override
    public boolean exists(String path) {
        return files.containsKey(path);
    }

    @Override
    public Optional<Integer> mode(String path) {
        return Optional.ofNullable(modes.get(path));
    }

    @Override
    public Optional<String> run(String... argv) {
        return Optional.ofNullable(programs.get(String.join(" ", argv)));
    }

    @Override
    public Disk disk(String directory) {
        return disk;
    }

    @Override
    public List<String> resolve(String name) {
        return names.getOrDefault(name, List.of());
    }

    @Override
    public List<String> addresses() {
        return addresses;
    }
}
