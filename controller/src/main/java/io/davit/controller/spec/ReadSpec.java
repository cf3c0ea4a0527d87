package io.davit.controller.spec;

import java.util.List;
import java.util.Optional;

/**
 * What came of reading a file.
 *
 * @param spec present exactly when there is no problem
 * @param problems in the order of the file
 * @param places of all fields, for problems that show only beside the accepted spec
 * @param notes on its versions
 */
public record ReadSpec(
        Optional<ValidSpec> spec, List<Problem> problems, Places places, VersionNotes notes) {

    public ReadSpec {
        problems = List.copyOf(problems);
    }
}
