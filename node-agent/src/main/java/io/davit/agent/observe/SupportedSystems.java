package io.davit.agent.observe;

import io.davit.proto.agent.v1.HostFacts;
import io.davit.proto.agent.v1.Obstacle;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Operating systems that roles are set up on. */
final class SupportedSystems {

    private static final Map<String, List<String>> VERSIONS =
            Map.of("debian", List.of("12", "13"), "ubuntu", List.of("22.04", "24.04"));

    private SupportedSystems() {}

    static Optional<Obstacle> obstacle(HostFacts facts) {
        if (VERSIONS.getOrDefault(facts.getOsId(), List.of()).contains(facts.getOsVersion())) {
            return Optional.empty();
        }
        String system = facts.getOsId() + " " + facts.getOsVersion();
        return Optional.of(
                Obstacle.newBuilder()
                        .setKind(Obstacles.UNSUPPORTED)
                        .setWhat(system)
                        .setWhy("unsupported OS: " + system)
                        .setRemedy("use Debian 12 or 13, or Ubuntu 22.04 or 24.04")
                        .build());
    }
}
