package io.davit.agent.profile;

/** A system user with a group of the same name. */
public record SystemUser(String name, String home) {}
