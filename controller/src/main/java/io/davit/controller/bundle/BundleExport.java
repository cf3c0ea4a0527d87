package io.davit.controller.bundle;

import io.davit.common.AtomicFiles;
import io.davit.common.Digests;
import io.davit.controller.artifact.ArtifactStore;
import io.davit.controller.disk.OwnFolder;
import io.davit.controller.disk.Room;
import io.davit.controller.execute.ArtifactCatalog.ArtifactException;
import io.davit.controller.plan.Catalog.ArtifactFile;
import io.davit.controller.release.EtcdVersion;
import io.davit.controller.release.K3sVersion;
import io.davit.controller.store.InMemoryStore;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Consumer;

/**
 * Makes a bundle on a machine that has a network; it needs no controller.
 *
 * <ol>
 *   <li>What is wanted of K3s and etcd is fetched as a controller would, held to the published
 *       checksums, into a folder beside the bundle; an export that breaks off goes on there.
 *   <li>Sets of OS packages are fetched by apt.
 *   <li>The bundle is written under another name, read back as an import would, and named.
 * </ol>
 */
public final class BundleExport {

    private final String k3sSource;
    private final String etcdSource;
    private final Programs programs;
    private final Consumer<String> progress;

    /**
     * From these sources.
     *
     * @param k3sSource base URL or absolute directory, as in a controller's configuration
     */
    public BundleExport(String k3sSource, String etcdSource, Consumer<String> progress) {
        this(k3sSource, etcdSource, Programs.ofThisMachine(), progress);
    }

    BundleExport(
            String k3sSource, String etcdSource, Programs programs, Consumer<String> progress) {
        this.k3sSource = k3sSource;
        this.etcdSource = etcdSource;
        this.programs = programs;
        this.progress = progress;
    }

    /**
     * What is to be in it.
     *
     * @param archs "amd64", "arm64"
     * @param withImages K3s' images too, without which its pods need a registry
     * @param systems OS releases whose packages are wanted, each with its apt sources file; empty:
     *     the machine's own sources
     */
    public record Wanted(
            K3sVersion k3s,
            EtcdVersion etcd,
            TreeSet<String> archs,
            boolean withImages,
            Map<String, Optional<Path>> systems) {

        public Wanted {
            archs = new TreeSet<>(archs);
            systems = new TreeMap<>(systems);
        }
    }

    /** What was made. */
    public record Made(String sha256, long sizeBytes, List<String> contents) {}

    /**
     * Makes it.
     *
     * @param target must not exist
     */
    public Made run(Wanted wanted, Path target, String version, LocalDate today)
            throws IOException, ArtifactException, BadBundleException, InterruptedException {
        if (Files.exists(target)) {
            throw new IOException(target + " exists already");
        }
        Path folder = workFolder(target.toAbsolutePath());
        var items = new ArrayList<BundleItem>();
        var files = new TreeMap<String, Path>();
        releases(wanted, folder, items, files);
        packages(wanted, folder, items, files);
        Path part = folder.resolve("bundle");
        Files.deleteIfExists(part);
        progress.accept("writing " + target);
        Bundle.write(
                part,
                new BundleManifest(BundleManifest.FORMAT, today.toString(), version, items),
                files);
        var manifest = Bundle.verify(part);
        try (var channel = FileChannel.open(part, StandardOpenOption.WRITE)) {
            channel.force(true);
        }
        var made = new Made(Digests.sha256Hex(part), Files.size(part), Bundle.contents(manifest));
        Files.move(part, target, StandardCopyOption.ATOMIC_MOVE);
        AtomicFiles.syncDirectory(
                Optional.ofNullable(target.toAbsolutePath().getParent()).orElse(Path.of("/")));
        AptDownload.remove(folder);
        return made;
    }

    /** Whoever can change what is in it decides what is in the bundle. */
    private static Path workFolder(Path target) throws IOException, ArtifactException {
        Path folder = target.resolveSibling("." + target.getFileName() + ".parts");
        Files.createDirectories(Optional.ofNullable(folder.getParent()).orElse(folder));
        var against = OwnFolder.make(folder);
        if (against.isPresent()) {
            throw new ArtifactException(
                    "%s is no folder to work in: %s".formatted(folder, against.get()),
                    "look what it is and remove it, or name another FILE");
        }
        return folder;
    }

    private void releases(
            Wanted wanted, Path folder, List<BundleItem> items, Map<String, Path> files)
            throws IOException, ArtifactException, BadBundleException, InterruptedException {
        var store =
                new ArtifactStore(
                        folder.resolve("files"),
                        k3sSource,
                        etcdSource,
                        new InMemoryStore(),
                        new Room());
        var checksums = new TreeSet<List<String>>(java.util.Comparator.comparing(List::toString));
        for (ArtifactFile file :
                store.catalog(wanted.k3s(), wanted.etcd(), wanted.archs()).files().values()) {
            if (file.artifact().equals(BundleItem.K3S_IMAGES) && !wanted.withImages()) {
                continue;
            }
            progress.accept("%s %s (%s)".formatted(file.artifact(), file.version(), file.arch()));
            store.stage(file);
            add(
                    BundleItem.of(file, Map.of()),
                    store.file(file.sha256()).orElseThrow(),
                    items,
                    files);
            checksums.add(
                    file.artifact().equals(BundleItem.ETCD)
                            ? List.of(
                                    BundleItem.ETCD_CHECKSUMS, file.version(), "all", "SHA256SUMS")
                            : List.of(
                                    BundleItem.K3S_CHECKSUMS,
                                    file.version(),
                                    file.arch(),
                                    "sha256sum-" + file.arch() + ".txt"));
        }
        needImages(wanted, items);
        for (List<String> wantedFile : checksums) {
            checksums(store, wantedFile, folder, items, files);
        }
    }

    private static void needImages(Wanted wanted, List<BundleItem> items)
            throws BadBundleException {
        for (String arch : wanted.archs()) {
            boolean there =
                    items.stream()
                            .anyMatch(item ->
                                    item.kind().equals(BundleItem.K3S_IMAGES)
                                            && item.arch().equals(arch));
            if (wanted.withImages() && !there) {
                throw new BadBundleException(
                        "the source has no images archive of K3s %s for %s; without it pods need a registry (--without-images, if the site has one)"
                                .formatted(wanted.k3s(), arch));
            }
        }
    }

    private static void checksums(
            ArtifactStore store,
            List<String> wanted,
            Path folder,
            List<BundleItem> items,
            Map<String, Path> files)
            throws IOException, InterruptedException {
        String kind = wanted.get(0);
        String product = kind.equals(BundleItem.ETCD_CHECKSUMS) ? "etcd" : "k3s";
        byte[] text =
                store.checksums(product, wanted.get(1), wanted.get(3))
                        .getBytes(StandardCharsets.UTF_8);
        Path file = folder.resolve(product + "-" + wanted.get(2) + ".sums");
        Files.write(file, text);
        add(
                new BundleItem(
                        kind,
                        wanted.get(1),
                        wanted.get(2),
                        wanted.get(3),
                        Digests.sha256Hex(text),
                        text.length,
                        Map.of()),
                file,
                items,
                files);
    }

    private void packages(
            Wanted wanted, Path folder, List<BundleItem> items, Map<String, Path> files)
            throws IOException, BadBundleException, InterruptedException {
        for (var system : wanted.systems().entrySet()) {
            for (String arch : wanted.archs()) {
                progress.accept("OS packages for %s (%s)".formatted(system.getKey(), arch));
                String name = "os-packages-" + system.getKey() + "-" + arch + ".tar";
                Path file = folder.resolve(name);
                var debs =
                        new AptDownload(programs)
                                .fetch(
                                        PackageSetFile.WANTED,
                                        arch,
                                        system.getValue(),
                                        folder.resolve("apt").toAbsolutePath());
                var offered =
                        PackageSetFile.write(
                                debs,
                                arch,
                                deb -> programs.run(List.of("dpkg-deb", "--field", deb + "")),
                                file);
                add(
                        new BundleItem(
                                BundleItem.OS_PACKAGES,
                                system.getKey(),
                                arch,
                                name,
                                Digests.sha256Hex(file),
                                Files.size(file),
                                offered),
                        file,
                        items,
                        files);
            }
        }
    }

    private static void add(
            BundleItem item, Path file, List<BundleItem> items, Map<String, Path> files) {
        items.add(item);
        files.put(item.path(), file);
    }
}
