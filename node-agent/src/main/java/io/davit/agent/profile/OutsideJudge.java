package io.davit.agent.profile;

import java.util.List;

/**
 * A program that judges a slot's content beside the profile's own validator, once it is installed
 * and everything is there that it would read.
 *
 * @param program runs in a sandbox without network, with the content's path after its arguments
 * @param group it may read this group's files
 * @param needed files that the content may name; while one is missing the program is not asked
 */
public record OutsideJudge(
        String program, List<String> arguments, String group, List<String> needed) {

    public OutsideJudge {
        arguments = List.copyOf(arguments);
        needed = List.copyOf(needed);
    }
}
