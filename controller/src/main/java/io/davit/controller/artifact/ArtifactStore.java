package io.davit.controller.artifact;

import io.davit.common.AtomicFiles;
import io.davit.common.Digests;
import io.davit.controller.agentlink.ArtifactFiles;
import io.davit.controller.disk.Room;
import io.davit.controller.execute.ArtifactCatalog;
import io.davit.controller.plan.Catalog;
import io.davit.controller.plan.Catalog.ArtifactFile;
import io.davit.controller.plan.Catalog.PackageSet;
import io.davit.controller.release.EtcdVersion;
import io.davit.controller.release.K3sVersion;
import io.davit.controller.store.StateStore;
import java.io.IOException;
import java.io.InputStream;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BooleanSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The published files that the controller knows and holds.
 *
 * <ol>
 *   <li>catalogue: the release's checksum file and each file's length; nothing else is read;
 *   <li>staging: what is missing is fetched behind what is there, up to five times;
 *   <li>length and checksum are held against the published ones; only then does the file get its
 *       name, which is its checksum; what is wrong is removed.
 * </ol>
 */
public final class ArtifactStore implements ArtifactCatalog, ArtifactFiles {

    private static final Logger LOG = LoggerFactory.getLogger(ArtifactStore.class);

    /** The artifact's name of a set of OS packages. */
    public static final String OS_PACKAGES = "os-packages";

    /** What is being brought; after a start nobody goes on with it. */
    private static final String INCOMING = "incoming-";

    private static final int ATTEMPTS = 5;
    private static final long SPARE_BYTES = 256L << 20;

    private final Path directory;
    private final ReleaseSource k3s;
    private final ReleaseSource etcd;
    private final Published published;
    private final Imported imported;
    private final Duration firstPause;
    private final Room room;
    private final Map<String, ReentrantLock> staging = new ConcurrentHashMap<>();

    /**
     * A store below the controller's state.
     *
     * @param directory where files are kept by checksum; made if it is not there
     * @param k3sSource base URL or absolute directory of k3s releases
     * @param etcdSource base URL or absolute directory of etcd releases
     * @param room shared with all else that this process writes
     */
    public ArtifactStore(
            Path directory, String k3sSource, String etcdSource, StateStore store, Room room)
            throws IOException {
        this(
                directory,
                ReleaseSource.of(k3sSource),
                ReleaseSource.of(etcdSource),
                store,
                Duration.ofSeconds(1),
                room);
    }

    ArtifactStore(
            Path directory,
            ReleaseSource k3s,
            ReleaseSource etcd,
            StateStore store,
            Duration firstPause,
            Room room)
            throws IOException {
        this.directory = directory;
        this.k3s = k3s;
        this.etcd = etcd;
        this.published = new Published(store);
        this.imported = new Imported(store);
        this.firstPause = firstPause;
        this.room = room;
        Files.createDirectories(
                directory,
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
        forgetIncoming();
    }

    @Override
    public Catalog catalog(K3sVersion k3sVersion, EtcdVersion etcdVersion, Set<String> archs)
            throws ArtifactException, InterruptedException {
        var files = new TreeMap<String, ArtifactFile>();
        for (String arch : new TreeSet<>(archs)) {
            var found = new ArrayList<ArtifactFile>();
            found.addAll(ask("etcd", etcdVersion.toString(), arch));
            found.addAll(ask("k3s", k3sVersion.toString(), arch));
            for (ArtifactFile file : found) {
                files.put(Catalog.key(file.artifact(), file.version(), file.arch()), file);
            }
        }
        return new Catalog(files);
    }

    @Override
    public Catalog known(K3sVersion k3sVersion, EtcdVersion etcdVersion, Set<String> archs) {
        var files = new ArrayList<ArtifactFile>();
        for (String arch : archs) {
            files.addAll(known("etcd", etcdVersion.toString(), arch));
            files.addAll(known("k3s", k3sVersion.toString(), arch));
        }
        return Catalog.of(files).with(packageSets());
    }

    private List<ArtifactFile> known(String product, String version, String arch) {
        return imported.find(product, version, arch)
                .filter(this::isHeld)
                .map(Imported.Release::files)
                .or(() -> published.find(release(product, version, arch)))
                .orElse(List.of());
    }

    private static String release(String product, String version, String arch) {
        return product + " " + version + " " + arch;
    }

    private List<ArtifactFile> ask(String product, String version, String arch)
            throws ArtifactException, InterruptedException {
        var brought = imported.find(product, version, arch).filter(this::isHeld);
        if (brought.isPresent()) {
            return brought.get().files();
        }
        String release = release(product, version, arch);
        try {
            List<ArtifactFile> files =
                    product.equals("etcd") ? etcdRelease(version, arch) : k3sRelease(version, arch);
            if (!published.find(release).equals(Optional.of(files))) {
                published.put(release, files);
            }
            return files;
        } catch (ReleaseSource.NotPublishedException e) {
            throw ReleaseSource.unusable(
                    "cannot find %s %s for %s".formatted(product, version, arch),
                    e,
                    "check the version in the spec, or publish it there (artifacts in the"
                            + " controller's configuration), or bring it in a bundle (davit"
                            + " artifacts import)");
        } catch (IOException e) {
            Optional<List<ArtifactFile>> known = published.find(release);
            if (known.isPresent()) {
                LOG.warn(
                        "cannot ask for {}: {}; going by what was published before",
                        release,
                        e.getMessage());
                return known.get();
            }
            throw ReleaseSource.unusable(
                    "cannot find %s %s for %s".formatted(product, version, arch),
                    e,
                    "see whether the source can be reached from the controller (artifacts in its"
                            + " configuration), or bring it in a bundle (davit artifacts"
                            + " import)");
        }
    }

    private boolean isHeld(Imported.Release release) {
        return release.files().stream().allMatch(file -> file(file.sha256()).isPresent());
    }

    /** The releases that bundles brought and that are held still. */
    public List<Imported.Release> imported() {
        return imported.all().stream().filter(this::isHeld).toList();
    }

    @Override
    public List<PackageSet> packageSets() {
        return imported().stream()
                .filter(release -> release.product().equals(OS_PACKAGES))
                .map(release -> new PackageSet(release.files().getFirst(), release.packages()))
                .toList();
    }

    private Optional<ArtifactFile> known(String sha256) {
        return imported.all().stream()
                .flatMap(release -> release.files().stream())
                .filter(file -> file.sha256().equals(sha256))
                .findFirst()
                .or(() -> published.bySha256(sha256));
    }

    /**
     * The checksum file of a release, as its publisher wrote it.
     *
     * @param product "k3s" or "etcd"
     * @param fileName "sha256sum-amd64.txt", "SHA256SUMS"
     */
    public String checksums(String product, String version, String fileName)
            throws IOException, InterruptedException {
        return product.equals("etcd")
                ? etcd.text("v" + version, fileName)
                : k3s.text(version, fileName);
    }

    private List<ArtifactFile> etcdRelease(String version, String arch)
            throws IOException, InterruptedException {
        String tag = "v" + version;
        String file = "etcd-" + tag + "-linux-" + arch + ".tar.gz";
        var checksums = Checksums.parse(etcd.text(tag, "SHA256SUMS"));
        return List.of(
                new ArtifactFile(
                        "etcd",
                        version,
                        arch,
                        file,
                        listed(checksums, file, etcd.place(tag, "SHA256SUMS")),
                        etcd.size(tag, file)));
    }

    private List<ArtifactFile> k3sRelease(String version, String arch)
            throws IOException, InterruptedException {
        String sums = "sha256sum-" + arch + ".txt";
        var checksums = Checksums.parse(k3s.text(version, sums));
        String binary = arch.equals("amd64") ? "k3s" : "k3s-" + arch;
        var files = new ArrayList<ArtifactFile>();
        files.add(
                new ArtifactFile(
                        "k3s",
                        version,
                        arch,
                        binary,
                        listed(checksums, binary, k3s.place(version, sums)),
                        k3s.size(version, binary)));
        for (String ending : List.of("tar.zst", "tar.gz", "tar")) {
            String images = "k3s-airgap-images-" + arch + "." + ending;
            Optional<String> sha256 = checksums.of(images);
            if (sha256.isPresent()) {
                try {
                    files.add(
                            new ArtifactFile(
                                    "k3s-images",
                                    version,
                                    arch,
                                    images,
                                    sha256.get(),
                                    k3s.size(version, images)));
                    break;
                } catch (ReleaseSource.NotPublishedException e) {
                    LOG.debug("{} is listed and not there", images, e);
                }
            }
        }
        return List.copyOf(files);
    }

    private static String listed(Checksums checksums, String file, String where)
            throws ReleaseSource.NotPublishedException {
        return checksums
                .of(file)
                .orElseThrow(() ->
                        new ReleaseSource.NotPublishedException(where + " does not list " + file));
    }

    @Override
    public Optional<Path> file(String sha256) {
        Path path = directory.resolve(sha256);
        return Files.isRegularFile(path) ? Optional.of(path) : Optional.empty();
    }

    /** All that is held, by artifact, version and architecture. */
    public List<HeldArtifact> held() throws IOException {
        return new HeldFiles(directory, this::known).all();
    }

    /**
     * Removes a held file, and what an attempt to fetch it left; hosts that are fetching it go on.
     *
     * @param unused asked while nobody can stage the file: what is staged before is seen, and
     *     whoever stages it after finds it gone
     * @return false if it is used, and stays
     */
    public boolean discard(String sha256, BooleanSupplier unused)
            throws IOException, InterruptedException {
        ReentrantLock lock = staging.computeIfAbsent(sha256, _ -> new ReentrantLock());
        lock.lockInterruptibly();
        try {
            if (!unused.getAsBoolean()) {
                return false;
            }
            new HeldFiles(directory, this::known).remove(sha256);
            return true;
        } finally {
            lock.unlock();
        }
    }

    @Override
    public void stage(ArtifactFile file) throws ArtifactException, InterruptedException {
        ReentrantLock lock = staging.computeIfAbsent(file.sha256(), _ -> new ReentrantLock());
        lock.lockInterruptibly();
        try {
            if (file(file.sha256()).isEmpty()) {
                fetch(file);
            }
        } finally {
            lock.unlock();
        }
    }

    /**
     * Keeps a file that somebody brings, if it is what is said of it; what is held already is not
     * read.
     *
     * @return false if it was held already
     */
    public boolean receive(ArtifactFile file, InputStream content)
            throws IOException, InterruptedException {
        ReentrantLock lock = staging.computeIfAbsent(file.sha256(), _ -> new ReentrantLock());
        lock.lockInterruptibly();
        try {
            if (file(file.sha256()).isPresent()) {
                return false;
            }
            Path part = directory.resolve(file.sha256() + ".part");
            try {
                Files.copy(content, part, StandardCopyOption.REPLACE_EXISTING);
                if (!matches(file, part)) {
                    throw new IOException(difference(file, part, file.fileName()));
                }
                keep(file, part);
                return true;
            } finally {
                Files.deleteIfExists(part);
            }
        } finally {
            lock.unlock();
        }
    }

    /** A file beside the held ones, for what is still to be checked, and its room. */
    public record Incoming(Path file, Room.Promise room) implements AutoCloseable {

        /** Removes the file. */
        @Override
        public void close() throws IOException {
            room.close();
            Files.deleteIfExists(file);
        }
    }

    /**
     * A new one, empty.
     *
     * @throws IOException if there is not room for so many bytes, twice: what is in it is kept
     *     beside it
     */
    public Incoming incoming(long sizeBytes) throws IOException {
        Path file = Files.createTempFile(directory, INCOMING, "");
        try {
            return new Incoming(file, room.promise(file, 2 * sizeBytes, SPARE_BYTES));
        } catch (IOException e) {
            Files.delete(file);
            throw e;
        }
    }

    private void forgetIncoming() throws IOException {
        try (var left = Files.newDirectoryStream(directory, INCOMING + "*")) {
            for (Path path : left) {
                Files.delete(path);
            }
        }
    }

    private void fetch(ArtifactFile file) throws ArtifactException, InterruptedException {
        Path part = directory.resolve(file.sha256() + ".part");
        ReleaseSource source = file.artifact().equals("etcd") ? etcd : k3s;
        String tag = file.artifact().equals("etcd") ? "v" + file.version() : file.version();
        String what =
                "cannot fetch %s %s (%s)".formatted(file.artifact(), file.version(), file.arch());
        if (file.artifact().equals(OS_PACKAGES)) {
            throw new ArtifactException(
                    what + ": it came in a bundle and is not held any more",
                    "davit artifacts import the bundle again");
        }
        try (var _ = room.promise(part, file.sizeBytes(), SPARE_BYTES)) {
            boolean resumed = Files.exists(part);
            bring(source, tag, file, part);
            if (resumed && !matches(file, part)) {
                // what an earlier attempt left was not good: once more from the beginning
                Files.deleteIfExists(part);
                bring(source, tag, file, part);
            }
            if (!matches(file, part)) {
                String why = difference(file, part, source.place(tag, file.fileName()));
                Files.deleteIfExists(part);
                published.forget(file.artifact() + " " + file.version() + " " + file.arch());
                throw new ArtifactException(
                        what + ": " + why,
                        "the file or its checksum is damaged at the source; mend it there, then"
                                + " apply again");
            }
            keep(file, part);
        } catch (Room.NoRoomException e) {
            throw new ArtifactException(what + ": " + e.getMessage(), "make room there");
        } catch (ReleaseSource.NotPublishedException e) {
            throw ReleaseSource.unusable(
                    what, e, "publish it at the source (artifacts in the configuration)");
        } catch (IOException e) {
            throw ReleaseSource.unusable(
                    what,
                    e,
                    "see whether the source can be reached from the controller; the next attempt"
                            + " goes on where this one ended");
        }
    }

    /** Fetches until the length is right; what is longer is left for the checksum to refuse. */
    private void bring(ReleaseSource source, String tag, ArtifactFile file, Path part)
            throws IOException, InterruptedException {
        for (int attempt = 1; ; attempt++) {
            String why;
            try {
                if (Files.exists(part) && Files.size(part) >= file.sizeBytes()) {
                    return;
                }
                source.fetch(tag, file.fileName(), part, file.sizeBytes());
                if (Files.size(part) >= file.sizeBytes()) {
                    return;
                }
                why =
                        "%s ended after %d of %d bytes"
                                .formatted(
                                        source.place(tag, file.fileName()),
                                        Files.size(part),
                                        file.sizeBytes());
            } catch (ReleaseSource.NotPublishedException e) {
                throw e;
            } catch (IOException e) {
                why = String.valueOf(e.getMessage());
            }
            if (attempt == ATTEMPTS) {
                throw new IOException(why);
            }
            LOG.warn("fetching {}: {}; attempt {}", file.fileName(), why, attempt + 1);
            long most = firstPause.toMillis() << (attempt - 1);
            Thread.sleep(ThreadLocalRandom.current().nextLong(most / 2, most + 1));
        }
    }

    private static boolean matches(ArtifactFile file, Path part) throws IOException {
        return Files.size(part) == file.sizeBytes()
                && Digests.sha256Hex(part).equals(file.sha256());
    }

    private static String difference(ArtifactFile file, Path part, String place)
            throws IOException {
        long size = Files.size(part);
        return size != file.sizeBytes()
                ? "%s has %d bytes, %d were announced".formatted(place, size, file.sizeBytes())
                : "%s has SHA-256 %s, the published one is %s"
                        .formatted(place, Digests.sha256Hex(part), file.sha256());
    }

    private void keep(ArtifactFile file, Path part) throws IOException {
        try (FileChannel channel = FileChannel.open(part, StandardOpenOption.WRITE)) {
            channel.force(true);
        }
        Files.move(part, directory.resolve(file.sha256()), StandardCopyOption.ATOMIC_MOVE);
        AtomicFiles.syncDirectory(directory);
        LOG.info("holds {} {} ({})", file.artifact(), file.version(), file.arch());
    }
}
