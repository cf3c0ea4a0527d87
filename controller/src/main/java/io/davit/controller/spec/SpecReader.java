package io.davit.controller.spec;

import io.davit.common.K3sKeys;
import io.davit.common.Names;
import io.davit.controller.spec.YamlTree.Fields;
import io.davit.controller.spec.YamlTree.Place;
import java.util.Map;
import java.util.Optional;

/**
 * Reads a cluster spec from untrusted bytes.
 *
 * <ol>
 *   <li>YAML to a tree with places ({@link YamlReader}).
 *   <li>Tree to typed fields; unknown keys, wrong types and missing fields are problems.
 *   <li>Rules over single values, then over the cluster as a whole ({@link ClusterRules}).
 * </ol>
 *
 * All problems are reported together, in the order of the file. A valid spec comes out only when
 * there is none.
 */
public final class SpecReader {

    static final String API_VERSION = "davit/v1";

    private final Passthrough passthrough;

    public SpecReader(K3sKeys keys) {
        this.passthrough = new Passthrough(keys);
    }

    /** Reads a file that names its versions itself; nobody is asked for any. */
    public ReadSpec read(byte[] yaml) {
        return read(yaml, DefaultVersions.NONE);
    }

    /**
     * Generation 1; the caller knows which one it would become.
     *
     * @param defaults answers for the versions that the file leaves out
     */
    public ReadSpec read(byte[] yaml, DefaultVersions defaults) {
        var problems = new ProblemList();
        var places = new Places();
        var versions = new VersionReader(defaults, problems);
        Optional<ClusterSpec> spec =
                new YamlReader(problems)
                        .read(yaml)
                        .flatMap(tree -> {
                            if (tree instanceof Fields fields) {
                                return cluster(fields, versions, problems, places);
                            }
                            problems.add(
                                    tree.place(),
                                    "",
                                    "wrong-type",
                                    "the file holds no map of keys to values",
                                    "start with \"apiVersion: " + API_VERSION + "\"");
                            return Optional.empty();
                        });
        if (spec.isEmpty() && problems.isEmpty()) {
            problems.add(
                    Place.NOWHERE,
                    "",
                    "missing",
                    "the file is empty",
                    "start with \"apiVersion: " + API_VERSION + "\"");
        }
        return new ReadSpec(
                problems.isEmpty() ? spec.map(s -> new ValidSpec(s, 1)) : Optional.empty(),
                problems.sorted(),
                places,
                versions.notes());
    }

    private Optional<ClusterSpec> cluster(
            Fields fields, VersionReader versions, ProblemList problems, Places places) {
        var root = new FieldReader(fields, "", problems, places);
        exactly(root, "apiVersion", API_VERSION, problems);
        exactly(root, "kind", "Cluster", problems);
        var name =
                root.required("metadata", root.section("metadata")).flatMap(m -> name(m, problems));
        var spec = root.required("spec", root.section("spec"));
        root.end();
        if (spec.isEmpty()) {
            return Optional.empty();
        }
        var body = spec.get().withPath("");
        var k3s = body.section("k3s");
        var k3sVersion = versions.k3s(body, k3s, name);
        var server =
                k3s.map(s -> passthrough.read(s, "server", k3sVersion, problems)).orElse(Map.of());
        var agent =
                k3s.map(s -> passthrough.read(s, "agent", k3sVersion, problems)).orElse(Map.of());
        k3s.ifPresent(FieldReader::end);
        var etcdVersion = versions.etcd(body, body.section("etcd"), name, k3sVersion);
        var network = new NetworkReader(problems).read(body.section("network"));
        var endpoint = new EndpointReader(problems).read(body.section("endpoint"));
        var port = loadBalancer(body.section("loadBalancer"), problems);
        var registries = new RegistriesReader(problems).read(body.section("registries"));
        var pools = new PoolReader(problems).read(body);
        var hosts = new HostReader(problems).read(body);
        body.end();

        var rules = new ClusterRules(problems, places);
        rules.check(hosts, network);
        new BalancerRules(problems, places).check(hosts, network, endpoint, port);
        passthrough.checkAgainstCni(server, network, problems, places);
        if (name.isEmpty() || k3sVersion.isEmpty() || etcdVersion.isEmpty()) {
            return Optional.empty();
        }
        return Optional.of(
                new ClusterSpec(
                        name.get(),
                        k3sVersion.get(),
                        server,
                        agent,
                        etcdVersion.get(),
                        network,
                        endpoint,
                        port,
                        registries,
                        pools,
                        hosts));
    }

    private static void exactly(FieldReader root, String key, String wanted, ProblemList problems) {
        root.required(key, root.text(key))
                .filter(found -> !found.value().equals(wanted))
                .ifPresent(found ->
                        problems.add(
                                found.place(),
                                found.path(),
                                "wrong-value",
                                key + " is \"" + Names.printable(found.value()) + "\"",
                                "write \"" + key + ": " + wanted + "\""));
    }

    private static Optional<String> name(FieldReader metadata, ProblemList problems) {
        var name = metadata.required("name", metadata.text("name"));
        metadata.end();
        return name.flatMap(found -> {
            if (Names.isLabel(found.value())) {
                return Optional.of(found.value());
            }
            problems.add(
                    found.place(),
                    found.path(),
                    "name-grammar",
                    "cluster name \"" + Names.printable(found.value()) + "\" is no RFC 1123 label",
                    "use at most 63 of a-z, 0-9 and -, starting and ending with a letter or digit");
            return Optional.empty();
        });
    }

    private static Optional<Integer> loadBalancer(
            Optional<FieldReader> section, ProblemList problems) {
        var port = section.flatMap(s -> s.number("port"));
        section.ifPresent(FieldReader::end);
        return port.filter(
                        found -> {
                            boolean good = found.value() >= 1 && found.value() <= 65_535;
                            if (!good) {
                                problems.add(
                                        found.place(),
                                        found.path(),
                                        "port",
                                        found.value() + " is no port",
                                        "write a number from 1 to 65535");
                            }
                            return good;
                        })
                .map(found -> found.value().intValue());
    }

    static void notYet(Place place, String path, String what, ProblemList problems) {
        problems.add(
                place,
                path,
                "not-yet",
                path + ": this version of Davit does not build " + what,
                "leave it out for now");
    }
}
