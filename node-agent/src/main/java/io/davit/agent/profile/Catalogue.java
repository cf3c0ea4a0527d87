package io.davit.agent.profile;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** All profiles this agent was built with. */
public final class Catalogue {

    private final Map<String, Profile> byRole;

    /** For tests that bring their own profiles. */
    public Catalogue(List<Profile> profiles) {
        var map = new LinkedHashMap<String, Profile>();
        profiles.forEach(profile -> map.put(profile.role(), profile));
        this.byRole = map;
    }

    /** The profiles, in the order in which roles are set up on one host. */
    public static Catalogue compiledIn() {
        return new Catalogue(
                List.of(
                        HostProfile.profile(),
                        EtcdProfile.profile(),
                        LoadBalancerProfile.profile(),
                        ControlPlaneProfile.profile(),
                        WorkerProfile.profile()));
    }

    public List<Profile> profiles() {
        return List.copyOf(byRole.values());
    }

    public Optional<Profile> profile(String role) {
        return Optional.ofNullable(byRole.get(role));
    }

    /** Of all profiles, each once. */
    public List<String> unitNames() {
        return profiles().stream()
                .flatMap(profile -> profile.units().stream())
                .map(Unit::name)
                .distinct()
                .toList();
    }
}
