package io.davit.controller.bundle;

import io.davit.common.Digests;
import io.davit.common.StrictTar;
import io.davit.controller.plan.Catalog.ArtifactFile;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;

/** Bundles with small contents, whole and spoilt. */
public final class TestBundles {

    static final String K3S = "v1.34.1+k3s1";
    static final String ETCD = "3.5.16";

    /** What is in it, by path. */
    final Map<String, byte[]> files = new LinkedHashMap<>();

    final List<BundleItem> items = new ArrayList<>();

    TestBundles() throws IOException {
        byte[] k3s = bytes("the program k3s");
        byte[] images = bytes("images of k3s");
        byte[] etcd = bytes("an archive of etcd");
        String etcdFile = "etcd-v3.5.16-linux-amd64.tar.gz";
        add("k3s", K3S, "amd64", "k3s", k3s, Map.of());
        add("k3s-images", K3S, "amd64", "k3s-airgap-images-amd64.tar.zst", images, Map.of());
        add("etcd", ETCD, "amd64", etcdFile, etcd, Map.of());
        add(
                "k3s-checksums",
                K3S,
                "amd64",
                "sha256sum-amd64.txt",
                bytes(sum(k3s, "k3s") + sum(images, "k3s-airgap-images-amd64.tar.zst")),
                Map.of());
        add("etcd-checksums", ETCD, "all", "SHA256SUMS", bytes(sum(etcd, etcdFile)), Map.of());
        add(
                "os-packages",
                "debian-12",
                "amd64",
                "os-packages-debian-12-amd64.tar",
                set(text -> text),
                Map.of("haproxy", "2.6.12-1", "keepalived", "1:2.2.7-1"));
    }

    void add(
            String kind,
            String version,
            String arch,
            String fileName,
            byte[] content,
            Map<String, String> packages) {
        var item =
                new BundleItem(
                        kind,
                        version,
                        arch,
                        fileName,
                        Digests.sha256Hex(content),
                        content.length,
                        packages);
        items.add(item);
        files.put(item.path(), content);
    }

    static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private static String sum(byte[] content, String file) {
        return Digests.sha256Hex(content) + "  " + file + "\n";
    }

    static String control(String name, String version) {
        return "Package: %s\nVersion: %s\nArchitecture: amd64\nDescription: a package\n of two lines\n"
                .formatted(name, version);
    }

    /** A set of OS packages whose index is changed on its way. */
    static byte[] set(UnaryOperator<String> index) throws IOException {
        var debs = new LinkedHashMap<String, byte[]>();
        debs.put("haproxy_2.6.12-1_amd64.deb", bytes("a package of haproxy"));
        debs.put("keepalived_2.2.7-1_amd64.deb", bytes("a package of keepalived"));
        var text = new StringBuilder();
        debs.forEach((name, content) ->
                text.append(
                        PackageIndex.paragraph(
                                name.startsWith("h")
                                        ? control("haproxy", "2.6.12-1")
                                        : control("keepalived", "1:2.2.7-1"),
                                name,
                                content.length,
                                Digests.sha256Hex(content))));
        var files = new LinkedHashMap<String, byte[]>();
        byte[] packages = bytes(index.apply(text.toString()));
        files.put("Packages", packages);
        files.put("Release", PackageIndex.release("amd64", packages));
        files.putAll(debs);
        return tar(files);
    }

    static byte[] tar(Map<String, byte[]> files) throws IOException {
        var out = new ByteArrayOutputStream();
        var tar = new StrictTar.Writer(out);
        for (var file : files.entrySet()) {
            tar.add(
                    file.getKey(),
                    file.getValue().length,
                    new ByteArrayInputStream(file.getValue()));
        }
        tar.end();
        return out.toByteArray();
    }

    /** As the items and files stand, whether they fit each other or not. */
    byte[] tar() throws IOException {
        return tar(new BundleManifest(1, "2026-11-23", "0.1.0", items).text());
    }

    byte[] tar(byte[] manifest) throws IOException {
        var all = new LinkedHashMap<String, byte[]>();
        all.put("manifest.json", manifest);
        all.putAll(files);
        return tar(all);
    }

    /** Writes a whole one. */
    public static Path whole(Path target) throws IOException {
        return Files.write(target, new TestBundles().tar());
    }

    /** What hosts would fetch of a whole one. */
    public static List<ArtifactFile> artifacts() throws IOException {
        return new TestBundles()
                .items.stream().filter(i -> !i.isChecksums()).map(BundleItem::file).toList();
    }
}
