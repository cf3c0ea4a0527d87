package io.davit.controller.spec;

import static org.assertj.core.api.Assertions.assertThat;

import com.networknt.schema.Error;
import com.networknt.schema.Schema;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SpecificationVersion;
import io.davit.common.K3sKeys;
import io.davit.controller.BadSpecs;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Random;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** The published schema, held to what {@link SpecReader} itself takes. */
class SpecSchemaTest {

    private static final Path FILE = Path.of("../docs/davit-v1.schema.json");

    /** Every field there is. */
    private static final String WHOLE =
            """
            apiVersion: davit/v1
            kind: Cluster
            metadata:
              name: small
            spec:
              k3s:
                version: v1.34.1+k3s1
                server: {disable: [traefik], supervisor-metrics: true}
                agent: {kubelet-arg: [max-pods=200]}
              etcd:
                version: 3.5.16
              network:
                cni: flannel
                flannelBackend: vxlan
                clusterCidrs: [198.19.0.0/17]
                serviceCidrs: [198.19.128.0/17]
              endpoint:
                names: [api.example.test]
                virtualIp: 198.18.0.100
              loadBalancer:
                port: 6443
              registries:
                mirrors:
                  docker.io:
                    endpoint: ["https://mirror.example.test:5000"]
                    rewrite: {"^library/(.*)": "hub/$1"}
                configs:
                  mirror.example.test:5000:
                    tls:
                      ca_file: /etc/ssl/mirror-ca.pem
                      insecure_skip_verify: false
              pools:
                - name: web
                  role: worker
                  max: 50
                  labels: {tier: web}
                  taints: [dedicated=web:NoSchedule]
              hosts:
                - name: e1
                  address: 198.18.0.11
                  roles: [etcd, load-balancer]
                  labels: {disk: ssd}
                  taints: [dedicated=etcd:NoSchedule]
                - {name: s1, address: 198.18.0.14, roles: [control-plane]}
                - {name: w1, address: 198.18.0.17, roles: [worker]}
            """;

    private final JsonNode json = JsonMapper.shared().readTree(read(FILE));
    private final Schema schema =
            SchemaRegistry.withDefaultDialect(SpecificationVersion.DRAFT_2020_12).getSchema(json);

    private static String read(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    private static ReadSpec reader(String yaml) {
        return new SpecReader(K3sKeys.standard())
                .read(yaml.getBytes(StandardCharsets.UTF_8), new OfflineVersions());
    }

    private static Optional<JsonNode> tree(String yaml) {
        try {
            Object loaded = new Load(LoadSettings.builder().build()).loadFromString(yaml);
            return Optional.of(JsonMapper.shared().valueToTree(loaded));
        } catch (RuntimeException e) {
            return Optional.empty(); // no YAML at all
        }
    }

    private List<String> judged(JsonNode spec) {
        return schema.validate(spec).stream().map(Error::toString).toList();
    }

    private List<String> judged(String yaml) {
        return judged(tree(yaml).orElseThrow());
    }

    @Test
    void theSchemaIsOneAndRefusesNonsense() {
        var meta =
                SchemaRegistry.withDefaultDialect(SpecificationVersion.DRAFT_2020_12)
                        .getSchema(
                                com.networknt.schema.SchemaLocation.of(
                                        "https://json-schema.org/draft/2020-12/schema"));
        assertThat(meta.validate(json)).isEmpty();
        assertThat(judged("apiVersion: davit/v2")).isNotEmpty();
    }

    @Test
    void everyExampleIsValidByTheSchemaAndByTheReader() throws IOException {
        try (var files = Files.list(Path.of("../examples"))) {
            var examples = files.sorted().toList();
            assertThat(examples).hasSizeGreaterThanOrEqualTo(4);
            for (Path example : examples) {
                String yaml = Files.readString(example);
                assertThat(yaml)
                        .startsWith(
                                "# yaml-language-server: $schema=../docs/davit-v1.schema.json\n");
                assertThat(judged(yaml)).as(example.toString()).isEmpty();
                assertThat(reader(yaml).problems()).as(example.toString()).isEmpty();
            }
        }
    }

    @Test
    void theSpecWithEveryFieldIsValidAndTheDocumentedOneToo() {
        assertThat(reader(WHOLE).problems()).isEmpty();
        assertThat(judged(WHOLE)).isEmpty();
        String documented = read(Path.of("../docs/spec.md"));
        int from = documented.indexOf("```yaml\n") + 8;
        assertThat(judged(documented.substring(from, documented.indexOf("```", from)))).isEmpty();
    }

    /** A map of the spec, by its place in WHOLE. */
    private record Section(String yamlPath, JsonNode schema) {}

    /** All maps with fields of their own; what WHOLE has stands for every other key of its map. */
    private List<Section> sections() {
        var found = new ArrayList<Section>();
        walk("", json, tree(WHOLE).orElseThrow(), found);
        return found;
    }

    private void walk(String path, JsonNode rule, JsonNode value, List<Section> found) {
        JsonNode here = resolved(rule);
        if (value.isArray()) {
            if (!value.isEmpty() && value.get(0).isObject()) {
                walk(path + "[0]", here.path("items"), value.get(0), found);
            }
        } else if (here.has("properties")) {
            found.add(new Section(path, here));
            here.path("properties")
                    .propertyStream()
                    .forEach(property -> {
                        String where =
                                path.isEmpty() ? property.getKey() : path + "." + property.getKey();
                        assertThat(value.has(property.getKey())).as("WHOLE has " + where).isTrue();
                        walk(where, property.getValue(), value.get(property.getKey()), found);
                    });
        } else if (value.isObject() && here.path("additionalProperties").has("properties")) {
            var first = value.propertyStream().findFirst().orElseThrow();
            walk(
                    path + "." + first.getKey(),
                    here.path("additionalProperties"),
                    first.getValue(),
                    found);
        }
    }

    private JsonNode resolved(JsonNode rule) {
        return rule.has("$ref") ? json.at(rule.path("$ref").asString().substring(1)) : rule;
    }

    /** The reader names the fields that it knows when it meets one that it does not. */
    @Test
    void everyFieldOfTheReaderIsInTheSchemaAndNoneElse() {
        var sections = sections();
        assertThat(sections).hasSizeGreaterThanOrEqualTo(13);
        for (Section section : sections) {
            var whole = plain(WHOLE);
            child(whole, section.yamlPath()).put("zzz-unknown", "x");
            var unknown =
                    reader(yaml(whole)).problems().stream()
                            .filter(problem -> problem.code().equals("unknown-key"))
                            .toList();
            assertThat(unknown).as(section.yamlPath()).hasSize(1);
            var known =
                    new TreeSet<>(
                            List.of(
                                    unknown.getFirst()
                                            .remedy()
                                            .replace("known here: ", "")
                                            .split(", ")));
            known.remove("auth"); // known only to be refused: a spec is no place for passwords
            var properties = new TreeSet<String>();
            section.schema().path("properties").propertyNames().forEach(properties::add);
            assertThat(properties).as(section.yamlPath()).isEqualTo(known);
            assertThat(section.schema().path("additionalProperties").asBoolean(true))
                    .as(section.yamlPath())
                    .isFalse();
            assertThat(judged(yaml(whole))).as(section.yamlPath()).isNotEmpty();
        }
    }

    @Test
    void whatTheSchemaRequiresTheReaderRequiresToo() {
        int required = 0;
        for (Section section : sections()) {
            for (JsonNode name : section.schema().path("required")) {
                var whole = plain(WHOLE);
                child(whole, section.yamlPath()).remove(name.asString());
                assertThat(reader(yaml(whole)).problems())
                        .as(section.yamlPath() + " without " + name)
                        .isNotEmpty();
                required++;
            }
        }
        assertThat(required).isGreaterThanOrEqualTo(12);
    }

    @Test
    void theReaderTakesEveryFieldButTheRequiredOnesAsLeftOutOrEmpty() {
        for (Section section : sections()) {
            var required = section.schema().path("required").valueStream().map(JsonNode::asString);
            var needed = new TreeSet<>(required.toList());
            for (String name : section.schema().path("properties").propertyNames()) {
                if (!needed.contains(name)) {
                    var whole = plain(WHOLE);
                    child(whole, section.yamlPath()).remove(name);
                    agree(yaml(whole), section.yamlPath() + " without " + name);
                    child(whole, section.yamlPath()).put(name, null);
                    agree(yaml(whole), section.yamlPath() + " with empty " + name);
                }
            }
        }
    }

    /** The schema refuses nothing that the reader takes. */
    private boolean agree(String yaml, String what) {
        var tree = tree(yaml);
        if (tree.isEmpty()) {
            return true;
        }
        List<String> refused = judged(tree.get());
        if (!refused.isEmpty()) {
            assertThat(reader(yaml).problems())
                    .as("%s: %s in %s", what, refused, yaml)
                    .isNotEmpty();
        }
        return !refused.isEmpty();
    }

    @Test
    void choicesAndDefaultsAreTheReaders() {
        JsonNode network = json.at("/properties/spec/properties/network/properties");
        choices(network.path("cni"), "cni: flannel", "cni: ");
        choices(network.path("flannelBackend"), "flannelBackend: vxlan", "flannelBackend: ");
        choices(
                json.at("/properties/spec/properties/hosts/items/properties/roles/items"),
                "roles: [control-plane]",
                "roles: [control-plane, ");
        assertThat(network.path("cni").path("default").asString())
                .isEqualTo(NetworkReader.DEFAULT.cni());
        assertThat(network.path("flannelBackend").path("default").asString())
                .isEqualTo(NetworkReader.DEFAULT.flannelBackend());
        assertThat(network.at("/clusterCidrs/default/0").asString())
                .isEqualTo(NetworkReader.DEFAULT.clusterCidrs().getFirst());
        assertThat(network.at("/serviceCidrs/default/0").asString())
                .isEqualTo(NetworkReader.DEFAULT.serviceCidrs().getFirst());
    }

    /** "one of a, b, c" is what the reader says of a value that it does not know. */
    private static void choices(JsonNode rule, String from, String to) {
        String end = from.contains("[") ? "]" : "";
        var said =
                reader(WHOLE.replace(from, to + "zzz" + end)).problems().stream()
                        .filter(problem -> problem.remedy().startsWith("one of "))
                        .findFirst()
                        .orElseThrow();
        var schema =
                rule.path("enum").valueStream().filter(JsonNode::isString).map(JsonNode::asString);
        assertThat(schema.toList())
                .containsExactlyInAnyOrder(said.remedy().substring("one of ".length()).split(", "));
    }

    @Test
    void keysThatDavitSetsItselfAreThose() {
        var keys = json.at("/$defs/ownedKey/enum").valueStream().map(JsonNode::asString);
        assertThat(keys.toList()).containsExactlyInAnyOrderElementsOf(Passthrough.OWNED);
    }

    @Test
    void everyFieldIsExplained() {
        for (Section section : sections()) {
            section.schema()
                    .path("properties")
                    .propertyStream()
                    .forEach(property ->
                            assertThat(
                                            resolved(property.getValue())
                                                    .path("description")
                                                    .asString(""))
                                    .as(section.yamlPath() + " " + property.getKey())
                                    .isNotBlank());
        }
    }

    @Test
    void badSpecsThatTheSchemaRefusesAreBadForTheReaderAndItFindsMostOfThem() throws IOException {
        int refused = 0;
        var cases = BadSpecs.all();
        for (var bad : cases) {
            refused += agree(bad.yaml(), bad.name()) ? 1 : 0;
        }
        System.out.printf("spec: the schema refuses %d of %d bad specs%n", refused, cases.size());
        assertThat(refused).isGreaterThan(cases.size() / 3);
    }

    /** Anything put anywhere: what the schema refuses the reader refuses, too. */
    @Test
    void theSchemaIsNeverStricterThanTheReader() {
        long seed = System.nanoTime();
        System.out.println("spec schema: seed " + seed);
        var random = new Random(seed);
        List<@Nullable Object> values =
                java.util.Arrays.asList(
                        null,
                        "",
                        "x",
                        "X_1",
                        "a/b=c",
                        "flannel",
                        "none",
                        "vxlan",
                        "worker",
                        "etcd",
                        "198.18.0.11",
                        "198.18.0.256",
                        "0.0.0.0",
                        "198.19.0.0/17",
                        "198.19.0.0/29",
                        "::1",
                        "v1.34.1",
                        "v1.34.1+k3s1",
                        "v1.34.1-rc1+k3s1",
                        "3.5",
                        "3.5.16",
                        "a.b.example.test",
                        "https://x:1",
                        "/etc/x.pem",
                        "etc",
                        0,
                        1,
                        6443,
                        65536,
                        -1,
                        true,
                        false,
                        List.of(),
                        List.of("worker"),
                        List.of("a=b:NoSchedule"),
                        List.of("etcd", "worker"),
                        List.of(1),
                        Map.of(),
                        Map.of("a", "b"),
                        Map.of("kubernetes.io/x", "y"),
                        Map.of("etcd-x", 1),
                        Map.of("token", "x"));
        int refused = 0;
        int taken = 0;
        for (int i = 0; i < 1_000; i++) {
            var whole = plain(WHOLE);
            int changes = 1 + random.nextInt(2);
            for (int change = 0; change < changes; change++) {
                mutate(whole, values, random);
            }
            String yaml = yaml(whole);
            if (agree(yaml, "seed " + seed + ", case " + i)) {
                refused++;
            } else if (reader(yaml).problems().isEmpty()) {
                taken++;
            }
        }
        System.out.printf(
                "spec schema: of 1000 changed specs the schema refused %d, both took %d%n",
                refused, taken);
        assertThat(refused).isGreaterThan(300);
        assertThat(taken).isGreaterThan(100);
    }

    private static void mutate(
            Map<String, Object> whole, List<@Nullable Object> values, Random random) {
        // most of it is below spec
        @Nullable Object at =
                random.nextInt(10) > 0 && whole.get("spec") instanceof Map<?, ?> spec
                        ? spec
                        : whole;
        while (true) {
            if (at instanceof Map<?, ?> raw) {
                @SuppressWarnings("unchecked")
                var map = (Map<String, Object>) raw;
                if (map.isEmpty()) {
                    return;
                }
                var keys = List.copyOf(map.keySet());
                String key = keys.get(random.nextInt(keys.size()));
                if (random.nextInt(3) == 0) {
                    map.remove(key);
                    return;
                }
                Object value = map.get(key);
                if (random.nextInt(3) == 0 || !(value instanceof Map || value instanceof List)) {
                    map.put(key, copy(values.get(random.nextInt(values.size()))));
                    return;
                }
                at = value;
            } else if (at instanceof List<?> raw) {
                @SuppressWarnings("unchecked")
                var list = (List<Object>) raw;
                if (list.isEmpty()) {
                    return;
                }
                int index = random.nextInt(list.size());
                if (random.nextInt(3) == 0
                        || !(list.get(index) instanceof Map || list.get(index) instanceof List)) {
                    list.set(index, copy(values.get(random.nextInt(values.size()))));
                    return;
                }
                at = list.get(index);
            } else {
                return;
            }
        }
    }

    /** Maps and lists that can be changed. */
    private static Map<String, Object> plain(String yaml) {
        Object copy =
                Objects.requireNonNull(
                        copy(new Load(LoadSettings.builder().build()).loadFromString(yaml)));
        @SuppressWarnings("unchecked")
        var map = (Map<String, Object>) copy;
        return map;
    }

    private static @Nullable Object copy(@Nullable Object value) {
        return switch (value) {
            case null -> null;
            case Map<?, ?> map -> {
                var copied = new LinkedHashMap<String, Object>();
                map.forEach((key, inner) -> copied.put(String.valueOf(key), copy(inner)));
                yield copied;
            }
            case List<?> list -> new ArrayList<>(list.stream().map(SpecSchemaTest::copy).toList());
            default -> value;
        };
    }

    /** JSON is YAML. */
    private static String yaml(Map<String, Object> spec) {
        return JsonMapper.shared().writeValueAsString(spec);
    }

    private static Map<String, Object> child(Map<String, Object> whole, String path) {
        Object at = whole;
        String rest = path;
        while (!rest.isEmpty()) {
            if (rest.startsWith("[0]")) {
                at = Objects.requireNonNull(((List<?>) at).getFirst());
                rest = rest.substring(3);
            } else {
                rest = rest.startsWith(".") ? rest.substring(1) : rest;
                String best = "";
                for (Object key : ((Map<?, ?>) at).keySet()) {
                    String name = String.valueOf(key);
                    if (rest.startsWith(name) && name.length() > best.length()) {
                        best = name;
                    }
                }
                at = Objects.requireNonNull(((Map<?, ?>) at).get(best));
                rest = rest.substring(best.length());
            }
        }
        @SuppressWarnings("unchecked")
        var map = (Map<String, Object>) at;
        return map;
    }
}
