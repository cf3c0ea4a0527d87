package io.davit.controller.spec;

import io.davit.common.Names;
import io.davit.controller.spec.ClusterSpec.Mirror;
import io.davit.controller.spec.ClusterSpec.Registries;
import io.davit.controller.spec.ClusterSpec.RegistryTls;
import io.davit.controller.spec.FieldReader.Found;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;

/**
 * Reads {@code registries}, in k3s' own words: mirrors, and how a registry's certificate is judged.
 */
final class RegistriesReader {

    private static final Pattern URL =
            Pattern.compile("https?://[A-Za-z0-9.-]+(:[0-9]{1,5})?(/[A-Za-z0-9._~/-]*)?");
    private static final Pattern REGISTRY = Pattern.compile("\\*|[A-Za-z0-9.-]+(:[0-9]{1,5})?");
    private static final Pattern PATH = Pattern.compile("/[A-Za-z0-9._/-]+");

    private final ProblemList problems;

    RegistriesReader(ProblemList problems) {
        this.problems = problems;
    }

    Registries read(Optional<FieldReader> section) {
        if (section.isEmpty()) {
            return Registries.NONE;
        }
        var fields = section.get();
        var mirrors = new TreeMap<String, Mirror>();
        registries(fields, "mirrors").forEach((name, mirror) -> mirrors.put(name, mirror(mirror)));
        var tls = new TreeMap<String, RegistryTls>();
        registries(fields, "configs")
                .forEach((name, config) -> config(config).ifPresent(t -> tls.put(name, t)));
        fields.end();
        return new Registries(mirrors, tls);
    }

    private Map<String, FieldReader> registries(FieldReader fields, String key) {
        var found = new LinkedHashMap<String, FieldReader>();
        fields.section(key)
                .ifPresent(all ->
                        all.keys()
                                .forEach(name -> {
                                    if (REGISTRY.matcher(name).matches()) {
                                        all.section(name).ifPresent(one -> found.put(name, one));
                                    } else {
                                        problems.add(
                                                all.node(name)
                                                        .map(YamlTree::place)
                                                        .orElse(all.place()),
                                                all.path(Names.printable(name)),
                                                "registry",
                                                "\"" + Names.printable(name) + "\" is no registry",
                                                "write its host name, with the port if it has one,"
                                                        + " or \"*\"");
                                    }
                                }));
        return found;
    }

    private Mirror mirror(FieldReader fields) {
        var endpoints = fields.texts("endpoint");
        for (Found<String> endpoint : endpoints) {
            if (!URL.matcher(endpoint.value()).matches()) {
                problems.add(
                        endpoint.place(),
                        endpoint.path(),
                        "registry-url",
                        "\"" + Names.printable(endpoint.value()) + "\" is no registry's URL",
                        "write it like https://mirror.example.test:5000, without user or password");
            }
        }
        var rewrites = new TreeMap<String, String>();
        fields.textMap("rewrite")
                .forEach((pattern, replacement) -> {
                    String path = fields.path("rewrite") + "." + Names.printable(pattern);
                    if (!Writable.check(pattern, replacement.place(), path, "rewrite", problems)
                            || !Writable.check(
                                    replacement.value(),
                                    replacement.place(),
                                    path,
                                    "rewrite",
                                    problems)) {
                        return;
                    }
                    Optional<String> wrong = wrongIn(pattern);
                    if (wrong.isEmpty()) {
                        rewrites.put(pattern, replacement.value());
                    } else {
                        problems.add(
                                replacement.place(),
                                path,
                                "rewrite",
                                "\""
                                        + Names.printable(pattern)
                                        + "\" is no regular expression: "
                                        + wrong.get(),
                                "mend the expression");
                    }
                });
        fields.end();
        return new Mirror(endpoints.stream().map(Found::value).toList(), rewrites);
    }

    /** Why k3s, whose expressions are Go's, would not start with it. */
    private static Optional<String> wrongIn(String pattern) {
        try {
            Pattern.compile(pattern);
        } catch (PatternSyntaxException e) {
            return Optional.of(e.getDescription());
        }
        return GoExpressions.foreign(pattern)
                .map(part -> "k3s does not know \"" + Names.printable(part) + "\"");
    }

    private Optional<RegistryTls> config(FieldReader fields) {
        fields.node("auth")
                .ifPresent(node ->
                        SpecReader.notYet(
                                node.place(),
                                fields.path("auth"),
                                "credentials of registries; a spec is no place for passwords",
                                problems));
        var tls = fields.section("tls");
        fields.end();
        return tls.map(t -> {
            var caFile = t.text("ca_file").filter(this::absolute);
            boolean skip = t.flag("insecure_skip_verify").map(Found::value).orElse(false);
            t.end();
            return new RegistryTls(caFile.map(Found::value), skip);
        });
    }

    private boolean absolute(Found<String> file) {
        boolean good =
                PATH.matcher(file.value()).matches()
                        && !List.of(file.value().split("/")).contains("..");
        if (!good) {
            problems.add(
                    file.place(),
                    file.path(),
                    "path",
                    "\"" + Names.printable(file.value()) + "\" is no path of a file on the nodes",
                    "write it whole, like /etc/ssl/registry-ca.pem");
        }
        return good;
    }
}
