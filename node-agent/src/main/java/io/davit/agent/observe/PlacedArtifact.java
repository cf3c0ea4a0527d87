package io.davit.agent.observe;

import io.davit.agent.journal.Ledger.ArtifactEntry;
import io.davit.agent.profile.Artifact;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/** Where an artifact's files are and what points at them. */
public final class PlacedArtifact {

    public static final String DIRECTORY = "/opt/davit/artifacts";

    private PlacedArtifact() {}

    /** Directory of one artifact's content. */
    public static String directory(String sha256) {
        return DIRECTORY + "/" + sha256;
    }

    /** Links of this artifact: path to the file name that it points at. */
    public static SortedMap<String, String> links(Artifact artifact) {
        var links = new TreeMap<String, String>();
        switch (artifact.form()) {
            case Artifact.Archive archive ->
                    archive.members()
                            .forEach(member -> links.put(member.link(), member.fileName()));
            case Artifact.Program program ->
                    program.links().forEach(link -> links.put(link, program.fileName()));
            case Artifact.Copied _ -> {
                // nothing points at it: it is copied
            }
        }
        return links;
    }

    /** Files of it, and links to them. */
    static List<String> paths(Artifact artifact, ArtifactEntry entry) {
        var paths = new ArrayList<String>();
        entry.files().keySet().forEach(name -> paths.add(fileInPlace(artifact, entry, name)));
        links(artifact)
                .forEach((link, name) -> {
                    if (entry.files().containsKey(name)) {
                        paths.add(link);
                    }
                });
        return paths;
    }

    /** Whether all files of it are whole, and all links or copies are where they belong. */
    public static boolean inPlace(Artifact artifact, ArtifactEntry entry, ReadOnlyHost host)
            throws IOException {
        for (Map.Entry<String, String> file : entry.files().entrySet()) {
            String path = fileInPlace(artifact, entry, file.getKey());
            var status = host.status(path);
            if (status.isEmpty() || !status.get().isFile()) {
                return false;
            }
            var digest = host.digest(path);
            if (digest.isPresent() && !digest.get().equals(file.getValue())) {
                return false;
            }
        }
        for (Map.Entry<String, String> link : links(artifact).entrySet()) {
            boolean wanted = entry.files().containsKey(link.getValue());
            String target = directory(entry.sha256()) + "/" + link.getValue();
            var actual = host.linkTarget(link.getKey());
            if (wanted && !actual.equals(java.util.Optional.of(target))) {
                return false;
            }
        }
        return true;
    }

    private static String fileInPlace(Artifact artifact, ArtifactEntry entry, String name) {
        return artifact.form() instanceof Artifact.Copied copied
                ? copied.directory() + "/" + name
                : directory(entry.sha256()) + "/" + name;
    }
}
