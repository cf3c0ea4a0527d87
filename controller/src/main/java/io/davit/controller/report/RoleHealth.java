package io.davit.controller.report;

/**
 * Whether a role of a host does what it is for, at the moment it was asked.
 *
 * @param detail why not, or what else is worth knowing; may be empty
 */
public record RoleHealth(String role, boolean ok, String detail) {}
