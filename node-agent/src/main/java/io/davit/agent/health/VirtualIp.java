package io.davit.agent.health;

import io.davit.agent.profile.Probe;
import io.davit.agent.system.HostSystem;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Whether this host has the address that its keepalived keeps; by its interfaces, not by VRRP. */
final class VirtualIp {

    private static final int FILE_LIMIT = 64 * 1024;
    private static final Pattern ADDRESS =
            Pattern.compile("virtual_ipaddress\\s*\\{\\s*([0-9A-Fa-f.:]+)/");

    private VirtualIp() {}

    static Map<String, String> read(Probe.VirtualIp probe, HostSystem system)
            throws ProbeFailedException, IOException, InterruptedException {
        if (system.files().status(probe.configFile()).isEmpty()) {
            return Map.of();
        }
        Matcher found =
                ADDRESS.matcher(
                        new String(
                                system.files().read(probe.configFile(), FILE_LIMIT),
                                StandardCharsets.UTF_8));
        if (!found.find()) {
            return Map.of();
        }
        String address = found.group(1);
        boolean held =
                system.network().addresses().stream().anyMatch(it -> it.address().equals(address));
        var details = Map.of("address", address, "held", String.valueOf(held));
        String state = system.systemd().unit(probe.unit()).activeState();
        if (!state.equals("active")) {
            throw new ProbeFailedException("unit %s is %s".formatted(probe.unit(), state), details);
        }
        return details;
    }
}
