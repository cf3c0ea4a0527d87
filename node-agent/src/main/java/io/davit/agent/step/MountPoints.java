package io.davit.agent.step;

import java.io.IOException;
import java.util.Collection;
import java.util.List;
import java.util.function.Predicate;
import java.util.regex.Pattern;

/** Mounts as the host sees them: the agent's own name space has others. */
final class MountPoints {

    private static final Pattern ESCAPE = Pattern.compile("\\\\x([0-9a-f]{2})");

    private MountPoints() {}

    static List<String> all(Work work) throws StepEnded, IOException, InterruptedException {
        return work.mustDo(
                        "read the mount points",
                        "findmnt",
                        List.of("findmnt", "--noheadings", "--raw", "--output=TARGET"))
                .stdout()
                .lines()
                .map(String::strip)
                .map(line ->
                        ESCAPE.matcher(line)
                                .replaceAll(found ->
                                        java.util.regex.Matcher.quoteReplacement(
                                                String.valueOf(
                                                        (char)
                                                                Integer.parseInt(
                                                                        found.group(1), 16)))))
                .toList();
    }

    /**
     * What is mounted below a directory that is about to be emptied is somebody else's.
     *
     * @param except mounts that go before
     */
    static void needNoneBelow(Collection<String> directories, Predicate<String> except, Work work)
            throws StepEnded, IOException, InterruptedException {
        if (directories.isEmpty()) {
            return;
        }
        for (String mount : all(work)) {
            for (String directory : directories) {
                if (mount.startsWith(directory + "/") && !except.test(mount)) {
                    throw StepEnded.blocked(
                            "cannot remove role %s: %s is a mount point below %s"
                                    .formatted(work.step().getRole(), mount, directory),
                            "unmount it, then go on");
                }
            }
        }
    }

    /** Removes everything in a directory, and not the directory: it may be a mount point. */
    static void empty(String directory, Work work)
            throws StepEnded, IOException, InterruptedException {
        work.progress("emptying " + directory);
        work.mustDo(
                "empty " + directory,
                "empty" + directory.replace('/', '-'),
                List.of("find", directory, "-xdev", "-mindepth", "1", "-delete"));
    }
}
