package io.davit.agent.profile;

/**
 * A declared directory.
 *
 * @param data it holds what a service made: kept or destroyed on removal, as told
 */
public record Directory(String path, int mode, String owner, String group, boolean data) {

    static Directory of(String path, int mode, String owner, String group) {
        return new Directory(path, mode, owner, group, false);
    }

    static Directory data(String path, int mode, String owner, String group) {
        return new Directory(path, mode, owner, group, true);
    }
}
