package io.davit.controller.spec;

/**
 * What is wrong with a spec: where, which value, what to do.
 *
 * @param line counts from 1; 0 where it concerns no place in the file
 * @param column counts from 1
 * @param path "spec.hosts[2].roles[0]"
 * @param code stable, for scripts: "unknown-role"
 */
public record Problem(
        int line, int column, String path, String code, String message, String remedy) {}
