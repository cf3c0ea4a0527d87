package io.davit.controller.spec;

import io.davit.common.Names;
import io.davit.controller.release.EtcdVersion;
import io.davit.controller.release.K3sVersion;
import io.davit.controller.spec.DefaultVersions.CannotTell;
import io.davit.controller.spec.DefaultVersions.Choice;
import io.davit.controller.spec.DefaultVersions.Chosen;
import io.davit.controller.spec.DefaultVersions.NotChosen;
import io.davit.controller.spec.DefaultVersions.NotPublished;
import io.davit.controller.spec.DefaultVersions.Published;
import io.davit.controller.spec.FieldReader.Found;
import io.davit.controller.spec.YamlTree.Place;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/** Reads {@code k3s.version} and {@code etcd.version}, which may both be left to Davit. */
final class VersionReader {

    private final DefaultVersions defaults;
    private final ProblemList problems;
    private final List<String> warnings = new ArrayList<>();
    private String k3sNote = "";
    private String etcdNote = "";

    VersionReader(DefaultVersions defaults, ProblemList problems) {
        this.defaults = defaults;
        this.problems = problems;
    }

    VersionNotes notes() {
        return new VersionNotes(k3sNote, etcdNote, warnings);
    }

    /**
     * @param k3s the section, which reads on: it has other fields too
     * @param cluster empty where its name is a problem already
     */
    Optional<K3sVersion> k3s(
            FieldReader body, Optional<FieldReader> k3s, Optional<String> cluster) {
        var found = k3s.flatMap(section -> section.text("version"));
        if (found.isPresent()) {
            var version = k3s(found.get());
            version.ifPresent(v -> requirePublished(found.get(), cluster.orElse(""), v));
            return version;
        }
        if (cluster.isEmpty() || isUnreadable(body, "k3s", k3s)) {
            return Optional.empty();
        }
        return chosen(
                        defaults.k3s(cluster.get()),
                        k3s.map(FieldReader::place).orElse(body.place()),
                        "k3s.version",
                        "no newest stable one is known")
                .map(chosen -> {
                    k3sNote = chosen.note();
                    return chosen.version();
                });
    }

    private Optional<K3sVersion> k3s(Found<String> found) {
        var version = K3sVersion.parse(found.value());
        if (version.isEmpty()) {
            problems.add(
                    found.place(),
                    found.path(),
                    "k3s-version",
                    "\"" + Names.printable(found.value()) + "\" is no K3s version",
                    "write it as released, with the part after \"+\": v1.34.1+k3s1");
        }
        return version;
    }

    private void requirePublished(Found<String> found, String cluster, K3sVersion version) {
        switch (defaults.publication(cluster, version)) {
            case NotPublished not ->
                    problems.add(
                            found.place(),
                            found.path(),
                            "unknown-k3s-version",
                            "K3s " + version + " is not published in " + not.place(),
                            not.nearest().isEmpty()
                                    ? "write one that is; davit versions lists them"
                                    : "nearest are "
                                            + not.nearest().stream()
                                                    .map(K3sVersion::toString)
                                                    .collect(Collectors.joining(", "))
                                            + "; davit versions lists more");
            case Published _, CannotTell _ -> {
                // where nobody can tell, it shows when its files are looked for
            }
        }
    }

    Optional<EtcdVersion> etcd(
            FieldReader body,
            Optional<FieldReader> etcd,
            Optional<String> cluster,
            Optional<K3sVersion> k3s) {
        var found = etcd.flatMap(section -> section.text("version"));
        boolean unreadable = isUnreadable(body, "etcd", etcd);
        etcd.ifPresent(FieldReader::end);
        var version =
                found.isPresent()
                        ? etcd(found.get())
                        : unreadable || cluster.isEmpty() || k3s.isEmpty()
                                ? Optional.<EtcdVersion>empty()
                                : chosenEtcd(body, etcd, cluster.get(), k3s.get());
        version.flatMap(defaults::warning).ifPresent(warnings::add);
        return version;
    }

    private Optional<EtcdVersion> chosenEtcd(
            FieldReader body, Optional<FieldReader> etcd, String cluster, K3sVersion k3s) {
        return chosen(
                        defaults.etcd(cluster, k3s),
                        etcd.map(FieldReader::place).orElse(body.place()),
                        "etcd.version",
                        "none is known that goes with K3s " + k3s)
                .map(chosen -> {
                    etcdNote = chosen.note();
                    return chosen.version();
                });
    }

    private Optional<EtcdVersion> etcd(Found<String> text) {
        var version = EtcdVersion.parse(text.value());
        if (version.isEmpty()) {
            problems.add(
                    text.place(),
                    text.path(),
                    "etcd-version",
                    "\"" + Names.printable(text.value()) + "\" is no etcd version",
                    "write three numbers: 3.5.16");
        } else if (!version.get().atLeast(3, 4)) {
            problems.add(
                    text.place(),
                    text.path(),
                    "etcd-too-old",
                    "etcd " + version.get() + " is older than 3.4",
                    "take 3.4 or newer; best leave it out: the one that goes with this K3s");
            return Optional.empty();
        }
        return version;
    }

    private <V> Optional<Chosen<V>> chosen(
            Choice<V> choice, Place place, String path, String without) {
        return switch (choice) {
            case Chosen<V> chosen -> Optional.of(chosen);
            case NotChosen<V> not -> {
                problems.add(
                        place,
                        path,
                        "missing",
                        path + " is missing, and " + without + ": " + not.why(),
                        "write a version");
                yield Optional.empty();
            }
        };
    }

    /** Something stands there that is no section, or no version: a problem already. */
    private static boolean isUnreadable(
            FieldReader body, String key, Optional<FieldReader> section) {
        return section.isEmpty() ? body.has(key) : section.get().has("version");
    }
}
