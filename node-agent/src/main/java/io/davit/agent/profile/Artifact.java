package io.davit.agent.profile;

import java.util.List;

/**
 * A published file that is fetched, kept below {@code /opt/davit/artifacts/<sha256>/} and put in
 * place.
 *
 * @param name the wire name
 */
public record Artifact(String name, Form form) {

    /** What the published file is and where it goes. */
    public sealed interface Form {}

    /** A tar.gz of which these members are taken, wherever in the tree they stand. */
    public record Archive(List<Member> members) implements Form {
        public Archive {
            members = List.copyOf(members);
        }
    }

    /** One program file. */
    public record Program(String fileName, List<String> links) implements Form {
        public Program {
            links = List.copyOf(links);
        }
    }

    /** A file that is copied under its published name into this directory. */
    public record Copied(String directory, String fileNamePattern) implements Form {}

    /**
     * A program in an archive.
     *
     * @param fileName last part of its name in the archive
     * @param required the archive is wrong without it
     */
    public record Member(String fileName, boolean required, String link) {}
}
