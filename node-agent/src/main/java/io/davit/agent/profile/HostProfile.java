package io.davit.agent.profile;

/** The host itself, whatever its roles. */
final class HostProfile {

    private HostProfile() {}

    static Profile profile() {
        return new ProfileBuilder("host").probes(new Probe.Reaches("reaches")).build();
    }
}
