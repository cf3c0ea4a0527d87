package io.davit.agent.profile;

/**
 * A TCP port that a role's service listens on.
 *
 * @param loopback only there, so that another program on an outer address is not in the way
 */
public record Port(int number, boolean loopback) {}
