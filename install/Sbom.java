import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Stream;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.SerializationFeature;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Writes the list of components (CycloneDX) of one package: of what Maven knows, the jars that are
 * in it, and the Java runtime.
 *
 * <p>Every jar in the package must be a component. The hashes are those of the files as shipped,
 * and nothing in it depends on when or where it was made.
 *
 * <p>Run by install/package: {@code java Sbom.java COMPONENTS TREE VERSION PLATFORM JDK-RELEASE
 * OUT}
 */
final class Sbom {

    private static final JsonMapper JSON =
            JsonMapper.builder().enable(SerializationFeature.INDENT_OUTPUT).build();
    private static final String JDK = "pkg:generic/openjdk@";

    private final ObjectNode bom;
    private final Map<String, Path> jars;

    private Sbom(ObjectNode bom, Map<String, Path> jars) {
        this.bom = bom;
        this.jars = jars;
    }

    public static void main(String... arguments) throws IOException {
        Path tree = Path.of(arguments[1]);
        var bom = (ObjectNode) JSON.readTree(Path.of(arguments[0]));
        var sbom = new Sbom(bom, jars(tree));
        sbom.describe(arguments[2], arguments[3]);
        sbom.keepWhatIsShipped();
        sbom.addRuntime(tree.resolve("runtime/release"), Path.of(arguments[4]));
        sbom.keepTheirDependencies();
        Files.writeString(Path.of(arguments[5]), JSON.writeValueAsString(bom) + "\n");
    }

    /** By file name, each once although both programs have it. */
    private static Map<String, Path> jars(Path tree) throws IOException {
        var found = new TreeMap<String, Path>();
        for (String program : List.of("agent", "controller")) {
            try (Stream<Path> files = Files.list(tree.resolve(program).resolve("lib"))) {
                files.filter(file -> file.toString().endsWith(".jar"))
                        .forEach(file -> found.put(file.getFileName().toString(), file));
            }
        }
        return found;
    }

    private void describe(String version, String platform) {
        bom.remove("serialNumber");
        var metadata = (ObjectNode) bom.get("metadata");
        metadata.put("timestamp", "2026-01-01T00:00:00Z"); // project.build.outputTimestamp
        var product = metadata.putObject("component");
        product.put("type", "application");
        product.put("bom-ref", "davit");
        product.put("name", "davit");
        product.put("version", version);
        product.put("description", "Davit for " + platform);
        product.putArray("licenses").addObject().putObject("license").put("id", "Apache-2.0");
    }

    private void keepWhatIsShipped() throws IOException {
        var kept = new ArrayList<JsonNode>();
        var found = new HashSet<String>();
        for (JsonNode component : bom.get("components")) {
            String name = fileName(component);
            Path jar = jars.get(name);
            if (jar != null) {
                found.add(name);
                hash((ObjectNode) component, name, jar);
                kept.add(component);
            }
        }
        var unknown = new ArrayList<>(jars.keySet());
        unknown.removeAll(found);
        if (!unknown.isEmpty()) {
            throw new IOException("jars that no component stands for: " + unknown);
        }
        ((ArrayNode) bom.get("components")).removeAll().addAll(kept);
    }

    /** As Maven names the file of this component; our own two programs have shorter names. */
    private static String fileName(JsonNode component) {
        String purl = component.get("purl").asString();
        String artifact = component.get("name").asString();
        if (artifact.equals("davit-agent") || artifact.equals("davit-controller")) {
            return artifact + ".jar";
        }
        String classifier = "";
        for (String qualifier : purl.substring(purl.indexOf('?') + 1).split("&")) {
            if (qualifier.startsWith("classifier=")) {
                classifier = "-" + qualifier.substring("classifier=".length());
            }
        }
        return artifact + "-" + component.get("version").asString() + classifier + ".jar";
    }

    private static void hash(ObjectNode component, String name, Path jar) throws IOException {
        var hashes = component.putArray("hashes");
        hashes.addObject().put("alg", "SHA-256").put("content", sha256(jar));
        if (name.startsWith("sqlite-jdbc-")) {
            component
                    .putObject("pedigree")
                    .put("notes", "repacked: the libraries of other platforms are left out");
        }
    }

    /** The runtime tells its modules, the JDK that linked it who made it. */
    private void addRuntime(Path linked, Path jdk) throws IOException {
        String version = told(jdk, "JAVA_RUNTIME_VERSION");
        var java = ((ArrayNode) bom.get("components")).addObject();
        java.put("type", "platform");
        java.put("bom-ref", JDK + version);
        java.put("publisher", told(jdk, "IMPLEMENTOR"));
        java.put("name", "openjdk");
        java.put("version", version);
        java.put("description", "Java runtime, linked of " + told(linked, "MODULES"));
        java.putArray("licenses")
                .addObject()
                .put("expression", "GPL-2.0-only WITH Classpath-exception-2.0");
        java.put("purl", JDK + version);
    }

    private static String told(Path release, String key) throws IOException {
        var properties = new Properties();
        try (var reader = Files.newBufferedReader(release)) {
            properties.load(reader);
        }
        String value = properties.getProperty(key);
        if (value == null) {
            throw new IOException(release + " does not tell " + key);
        }
        return value.replace("\"", "");
    }

    private void keepTheirDependencies() {
        Set<String> known = new HashSet<>();
        bom.get("components").forEach(component -> known.add(component.get("bom-ref").asString()));
        var byRef = new HashMap<String, ArrayNode>();
        var kept = new ArrayList<JsonNode>();
        for (JsonNode dependency : bom.get("dependencies")) {
            if (known.contains(dependency.get("ref").asString())) {
                kept.add(dependency);
                if (dependency.get("dependsOn") instanceof ArrayNode on) {
                    byRef.put(dependency.get("ref").asString(), on);
                }
            }
        }
        for (ArrayNode on : byRef.values()) {
            var left = new ArrayList<JsonNode>();
            on.forEach(
                    ref -> {
                        if (known.contains(ref.asString())) {
                            left.add(ref);
                        }
                    });
            on.removeAll().addAll(left);
        }
        var all = ((ArrayNode) bom.get("dependencies")).removeAll();
        var whole = all.addObject().put("ref", "davit").putArray("dependsOn");
        known.stream()
                .filter(ref -> ref.contains("/davit-") || ref.startsWith(JDK))
                .sorted()
                .forEach(whole::add);
        all.addAll(kept);
    }

    private static String sha256(Path file) throws IOException {
        try {
            return HexFormat.of()
                    .formatHex(
                            MessageDigest.getInstance("SHA-256").digest(Files.readAllBytes(file)));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }
}
