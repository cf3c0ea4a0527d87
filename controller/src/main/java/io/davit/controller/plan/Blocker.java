package io.davit.controller.plan;

/**
 * Why apply would refuse, or why an operation stopped.
 *
 * @param host spec name, empty where it concerns no single host
 * @param role empty where it concerns no single role
 * @param step id, empty before there is one
 */
public record Blocker(String host, String role, String step, String cause, String remedy) {}
