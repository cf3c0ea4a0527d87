package io.davit.agent.observe;

import io.davit.agent.system.Printable;
import io.davit.common.HostNeeds;
import io.davit.proto.agent.v1.Obstacle;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;

/** Operating systems that roles are set up on. */
public final class SupportedSystems {

    /** The file itself; the one in /etc is a link to it on all of them. */
    private static final List<String> FILES = List.of("/usr/lib/os-release", "/etc/os-release");

    private SupportedSystems() {}

    static Optional<Obstacle> obstacle(ReadOnlyHost host) throws IOException {
        String release = release(host);
        String id = HostNeeds.osRelease(release, "ID");
        String version = HostNeeds.osRelease(release, "VERSION_ID");
        if (HostNeeds.supports(id, version)) {
            return Optional.empty();
        }
        String system = Printable.line(id + " " + version, 100);
        return Optional.of(
                Obstacle.newBuilder()
                        .setKind(Obstacles.UNSUPPORTED)
                        .setWhat(system)
                        .setWhy("unsupported OS: " + system)
                        .setRemedy("use one of " + HostNeeds.SYSTEMS_TEXT)
                        .build());
    }

    /** This host's OS release, "debian-12". */
    public static String name(ReadOnlyHost host) throws IOException {
        String release = release(host);
        return Printable.line(
                HostNeeds.osRelease(release, "ID")
                        + "-"
                        + HostNeeds.osRelease(release, "VERSION_ID"),
                100);
    }

    private static String release(ReadOnlyHost host) throws IOException {
        for (String file : FILES) {
            if (host.status(file).filter(status -> status.isFile()).isPresent()) {
                return new String(host.read(file, 64 * 1024), StandardCharsets.UTF_8);
            }
        }
        return "";
    }
}
