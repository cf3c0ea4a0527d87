package io.davit.agent.step;

import io.davit.agent.observe.PlacedArtifact;
import io.davit.agent.observe.ReadOnlyHost;
import io.davit.agent.observe.SupportedSystems;
import io.davit.agent.system.HostFiles;
import io.davit.common.AtomicFiles;
import io.davit.common.Names;
import io.davit.common.StrictTar;
import io.davit.proto.agent.v1.EnsureArtifact;
import io.davit.proto.agent.v1.HeldPackages;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.regex.Pattern;

/**
 * OS packages that the controller holds, fetched and unpacked as a flat repository that apt is
 * pointed at, and at nothing else: its lists are elsewhere too, so that the host's own view of its
 * archives stays as it is.
 */
final class HeldSet {

    private static final String DIRECTORY = "/opt/davit/packages";
    private static final String LISTS = DIRECTORY + "/.lists";
    private static final String UNPACKING = DIRECTORY + "/.unpack";
    private static final String SOURCE = "source.list";
    private static final long LONGEST = 2L << 30;
    private static final long RESERVE = 512L << 20;
    private static final Pattern SHA256 = Pattern.compile("[0-9a-f]{64}");
    private static final Pattern VERSION = Pattern.compile("[0-9][A-Za-z0-9.+:~-]{0,100}");
    private static final Pattern MEMBER =
            Pattern.compile("Packages|Release|[a-z0-9][A-Za-z0-9.+~_-]{0,90}\\.deb");

    private final HeldPackages set;
    private final String arch;

    HeldSet(HeldPackages set, String arch) {
        this.set = set;
        this.arch = arch;
    }

    private String directory() {
        return DIRECTORY + "/" + set.getSha256();
    }

    private String name() {
        return "the packages held for " + set.getRelease();
    }

    /** Refuses what is not for this host. */
    void judge(ReadOnlyHost host) throws StepEnded, IOException {
        String cannot = "cannot use held packages: ";
        String system = SupportedSystems.name(host);
        if (!SHA256.matcher(set.getSha256()).matches()
                || set.getSizeBytes() <= 0
                || set.getSizeBytes() > LONGEST
                || !VERSION.matcher(set.getOffered()).matches()) {
            throw StepEnded.failed(cannot + "their SHA-256, size or version is none");
        }
        if (!set.getRelease().equals(system) || !set.getArch().equals(arch)) {
            throw StepEnded.failed(
                    "%sthey are for %s %s, this host is %s %s"
                            .formatted(
                                    cannot,
                                    Names.printable(set.getRelease()),
                                    Names.printable(set.getArch()),
                                    system,
                                    arch));
        }
    }

    /** What a check says of where a package would come from. */
    String from(ReadOnlyHost host) throws StepEnded, IOException {
        if (host.status(directory()).isPresent()) {
            return "from " + name();
        }
        long free = host.freeBytes(DIRECTORY);
        long needed = 2 * set.getSizeBytes() + RESERVE;
        if (free < needed) {
            throw StepEnded.blocked(
                    "cannot fetch %s: %d MiB are free below %s, %d are needed"
                            .formatted(name(), free >> 20, DIRECTORY, needed >> 20),
                    "make room there, or give it a larger disk");
        }
        return "from %s (would fetch %d bytes)".formatted(name(), set.getSizeBytes());
    }

    /** Fetches and unpacks it, if it is not here; other sets go. */
    void bring(Work work) throws StepEnded, IOException, InterruptedException {
        HostFiles files = work.system().files();
        files.makeOwnDirectories(PlacedArtifact.DIRECTORY, 0755);
        files.makeOwnDirectories(DIRECTORY, 0755);
        files.makeOwnDirectories(LISTS + "/partial", 0755);
        forgetOthers(set.getSha256(), files);
        if (files.status(directory()).isPresent()) {
            return;
        }
        var wanted =
                EnsureArtifact.newBuilder()
                        .setArtifact("OS packages")
                        .setVersion(set.getRelease())
                        .setSha256(set.getSha256())
                        .setSizeBytes(set.getSizeBytes())
                        .build();
        Path part = new ArtifactFetch(wanted, work).fetch();
        String fresh = UNPACKING;
        files.deleteFlatDirectory(fresh);
        files.makeOwnDirectories(fresh, 0755);
        try {
            unpack(part, files.resolve(fresh));
        } catch (IOException e) {
            files.deleteFlatDirectory(fresh);
            throw StepEnded.failed("cannot unpack %s: %s".formatted(name(), e.getMessage()));
        } finally {
            Files.deleteIfExists(part);
        }
        write(
                files.resolve(fresh).resolve(SOURCE),
                "deb [trusted=yes] file:%s ./\n".formatted(directory()));
        AtomicFiles.syncDirectory(files.resolve(fresh));
        files.rename(fresh, directory());
    }

    private static void unpack(Path archive, Path into) throws IOException {
        try (var in = new BufferedInputStream(Files.newInputStream(archive), 128 * 1024)) {
            var tar = new StrictTar.Reader(in);
            for (var entry = tar.next(); entry.isPresent(); entry = tar.next()) {
                String name = entry.get().name();
                if (!MEMBER.matcher(name).matches()) {
                    throw new IOException("it has an entry with the name " + Names.printable(name));
                }
                Path file = into.resolve(name);
                try (var out =
                        Files.newOutputStream(
                                file,
                                StandardOpenOption.CREATE_NEW,
                                StandardOpenOption.WRITE,
                                LinkOption.NOFOLLOW_LINKS)) {
                    tar.content().transferTo(out);
                }
                settle(file);
            }
        }
    }

    private static void write(Path file, String text) throws IOException {
        Files.write(file, text.getBytes(StandardCharsets.UTF_8), StandardOpenOption.CREATE_NEW);
        settle(file);
    }

    private static void settle(Path file) throws IOException {
        Files.setPosixFilePermissions(file, AtomicFiles.permissions(0644));
        try (var channel = java.nio.channels.FileChannel.open(file, StandardOpenOption.WRITE)) {
            channel.force(true);
        }
    }

    /** What makes apt see this set and nothing else. */
    List<String> options() {
        return List.of(
                "--option=Dir::Etc::sourcelist=" + directory() + "/" + SOURCE,
                "--option=Dir::Etc::sourceparts=/dev/null",
                "--option=Dir::State::lists=" + LISTS,
                "--option=Dir::Cache::pkgcache=",
                "--option=Dir::Cache::srcpkgcache=",
                "--option=APT::Sandbox::User=root",
                "--option=APT::Update::Error-Mode=any",
                "--option=Acquire::Check-Date=false",
                "--option=Acquire::Languages=none");
    }

    /** What apt could not use is fetched anew by the next attempt. */
    void forget(Work work) throws IOException {
        work.system().files().deleteFlatDirectory(directory());
    }

    /** The sets go with the last role that installs packages. */
    static void forgetAll(HostFiles files) throws IOException {
        if (files.status(DIRECTORY).isPresent()) {
            forgetOthers("", files);
            for (String name : files.list(LISTS)) {
                files.deleteFlatDirectory(LISTS + "/" + name);
            }
            files.deleteFlatDirectory(LISTS);
            files.deleteFlatDirectory(UNPACKING);
            files.delete(DIRECTORY);
        }
    }

    private static void forgetOthers(String sha256, HostFiles files) throws IOException {
        for (String name : files.list(DIRECTORY)) {
            if (SHA256.matcher(name).matches() && !name.equals(sha256)) {
                files.deleteFlatDirectory(DIRECTORY + "/" + name);
            }
        }
    }
}
