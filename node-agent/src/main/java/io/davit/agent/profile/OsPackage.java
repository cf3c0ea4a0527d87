package io.davit.agent.profile;

/**
 * A package of the operating system.
 *
 * @param name the wire name, which is also the OS's
 * @param unit the unit it brings, masked while it is installed
 */
public record OsPackage(String name, String unit) {}
