package io.davit.agent.observe;

import io.davit.agent.profile.OsPackage;
import io.davit.agent.profile.Profile;
import io.davit.agent.system.Processes;
import io.davit.proto.agent.v1.Obstacle;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Whether this host's apt knows any archive at all. Where it does, only apt itself can tell what
 * can be had; where it does not, nothing can, unless the controller holds it.
 *
 * @see <a href="https://manpages.debian.org/sources.list.5">sources.list(5)</a>
 */
final class PackageSources {

    /** The obstacle's kind. A controller that holds the package passes over it. */
    static final String NONE = "no package source";

    private static final String LIST = "/etc/apt/sources.list";
    private static final String PARTS = "/etc/apt/sources.list.d";
    private static final int LONGEST = 1 << 20;

    private PackageSources() {}

    /** If the role needs a package that is not there, and there is no archive. */
    static Optional<Obstacle> obstacle(Profile profile, ReadOnlyHost host, Processes processes)
            throws IOException, InterruptedException {
        for (OsPackage item : profile.packages()) {
            if (Observer.packageVersion(item.name(), processes).isEmpty()) {
                return hasAny(host) ? Optional.empty() : Optional.of(missing(item.name(), host));
            }
        }
        return Optional.empty();
    }

    private static Obstacle missing(String name, ReadOnlyHost host) throws IOException {
        return Obstacle.newBuilder()
                .setKind(NONE)
                .setWhat(name)
                .setWhy(
                        "package %s is not installed, this host's apt has no source, and the"
                                        .formatted(name)
                                + " controller holds no packages for "
                                + SupportedSystems.name(host))
                .setRemedy(
                        "on a machine with a network: davit artifacts export --os %s; here: davit artifacts import"
                                        .formatted(SupportedSystems.name(host))
                                + ". Or give the host's apt a mirror of the site")
                .build();
    }

    private static boolean hasAny(ReadOnlyHost host) throws IOException {
        var files = new ArrayList<>(List.of(LIST));
        host.list(PARTS).forEach(name -> files.add(PARTS + "/" + name));
        for (String file : files) {
            if (host.status(file).filter(status -> status.isFile()).isPresent()) {
                String text = new String(host.read(file, LONGEST), StandardCharsets.UTF_8);
                if (file.endsWith(".list") ? hasLine(text) : hasParagraph(file, text)) {
                    return true;
                }
            }
        }
        return false;
    }

    private static boolean hasLine(String text) {
        return text.lines().anyMatch(line -> line.strip().matches("deb\\s.*"));
    }

    /** Paragraphs of deb822; one that is switched off is none. */
    private static boolean hasParagraph(String file, String text) {
        if (!file.endsWith(".sources")) {
            return false;
        }
        for (String paragraph : text.split("\\n\\s*\\n")) {
            boolean binary =
                    paragraph.lines().anyMatch(l -> l.matches("(?i)types:.*\\bdeb\\b(?!-).*"));
            boolean off =
                    paragraph.lines().anyMatch(l -> l.matches("(?i)enabled:\\s*(no|false|0)\\s*"));
            if (binary && !off) {
                return true;
            }
        }
        return false;
    }
}
