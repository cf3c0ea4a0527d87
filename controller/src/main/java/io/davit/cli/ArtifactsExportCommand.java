package io.davit.cli;

import io.davit.controller.bundle.BadBundleException;
import io.davit.controller.bundle.BundleExport;
import io.davit.controller.bundle.OsRelease;
import io.davit.controller.execute.ArtifactCatalog.ArtifactException;
import io.davit.controller.release.EtcdVersion;
import io.davit.controller.release.K3sVersion;
import io.davit.controller.serve.ServerConfig;
import io.davit.controller.serve.Version;
import io.davit.controller.spec.DefaultVersions.Choice;
import io.davit.controller.spec.DefaultVersions.Chosen;
import io.davit.controller.spec.DefaultVersions.NotChosen;
import io.davit.controller.store.InMemoryStore;
import io.davit.controller.versions.EtcdReleases;
import io.davit.controller.versions.K3sReleases;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

@Command(
        name = "export",
        description = {
            "Makes one bundle of K3s, its images, etcd and OS packages, on a machine that has a"
                    + " network. It needs no controller; davit artifacts import takes it.",
            "Each file is held to its published SHA-256; OS packages come by this machine's apt,"
                    + " which checks their archive's signatures."
        },
        footerHeading = "%nExamples:%n",
        footer = {
            "  davit artifacts export",
            "  davit artifacts export site.tar --k3s v1.34.1+k3s1 --os debian-12 --arch amd64"
        })
final class ArtifactsExportCommand implements Callable<Integer> {

    private static final TreeSet<String> ARCHS = new TreeSet<>(List.of("amd64", "arm64"));

    @Parameters(
            arity = "0..1",
            paramLabel = "FILE",
            description =
                    "The bundle to write; it must not exist (default: davit-bundle-DATE.tar).")
    private String file = "";

    @Option(
            names = "--k3s",
            paramLabel = "VERSION",
            description = "K3s version: v1.34.1+k3s1 (default: the newest stable one).")
    private String k3s = "";

    @Option(
            names = "--etcd",
            paramLabel = "VERSION",
            description = "etcd version (default: the one that goes with this K3s).")
    private String etcd = "";

    @Option(
            names = "--arch",
            paramLabel = "ARCH",
            split = ",",
            description = "amd64, arm64 (default: amd64).")
    private List<String> archs = List.of("amd64");

    @Option(
            names = "--os",
            paramLabel = "RELEASE[=SOURCES]",
            split = ",",
            description =
                    "OS releases of load balancers: debian-12, debian-13, ubuntu-22.04,"
                            + " ubuntu-24.04; each other than this machine's own with an apt"
                            + " sources file that serves it; none (default: this machine's own).")
    private List<String> systems = List.of();

    @Option(
            names = "--without-images",
            description = "Leaves K3s' images out: the site has a registry for them.")
    private boolean withoutImages;

    @Option(
            names = "--k3s-source",
            paramLabel = "URL|DIR",
            description = "Where K3s' releases are (default: as published).")
    private String k3sSource = ServerConfig.DEFAULT_K3S;

    @Option(
            names = "--etcd-source",
            paramLabel = "URL|DIR",
            description = "Where etcd's releases are (default: as published).")
    private String etcdSource = ServerConfig.DEFAULT_ETCD;

    @Spec private CommandSpec command = CommandSpec.create();

    @Override
    public Integer call() throws InterruptedException {
        Output out = new Output(command.commandLine().getOut(), Output.Format.text);
        var today = LocalDate.now(ZoneOffset.UTC);
        Path target = Path.of(file.isEmpty() ? "davit-bundle-" + today + ".tar" : file);
        if (!ARCHS.containsAll(archs)) {
            throw usage("architectures are amd64 and arm64", "--arch amd64,arm64");
        }
        try {
            var packages = systems(); // what can be wrong without a network comes first
            var version = k3sVersion();
            var wanted =
                    new BundleExport.Wanted(
                            version,
                            etcdVersion(version),
                            new TreeSet<>(archs),
                            !withoutImages,
                            packages);
            var made =
                    new BundleExport(k3sSource, etcdSource, what -> out.line("  " + what))
                            .run(wanted, target, Version.current(), today);
            out.line("wrote %s, %d MiB".formatted(target, made.sizeBytes() >> 20));
            made.contents().forEach(line -> out.line("  " + line));
            if (wanted.systems().isEmpty()) {
                out.line("  no OS packages: hosts that balance need apt sources of the site");
            }
            out.line("sha256 " + made.sha256());
            out.line(
                    "Take file and SHA-256 to the site by different ways, then: davit artifacts"
                            + " import FILE --sha256 SHA256");
            return ExitCode.OK;
        } catch (ArtifactException e) {
            throw failed(e.getMessage(), e.remedy());
        } catch (BadBundleException | IOException e) {
            throw failed(
                    e.getMessage(),
                    "what was fetched is kept beside it; the same command goes on from there");
        }
    }

    private K3sVersion k3sVersion() throws InterruptedException {
        if (!k3s.isEmpty()) {
            return K3sVersion.parse(k3s)
                    .orElseThrow(() ->
                            usage("\"" + k3s + "\" is no K3s version", "such as v1.34.1+k3s1"));
        }
        boolean upstream = k3sSource.equals(ServerConfig.DEFAULT_K3S);
        return chosen(
                K3sReleases.of(
                                k3sSource,
                                upstream
                                        ? Optional.of(ServerConfig.DEFAULT_CHANNELS)
                                        : Optional.empty(),
                                upstream
                                        ? Optional.of(ServerConfig.DEFAULT_RELEASES)
                                        : Optional.empty(),
                                new InMemoryStore(),
                                Clock.systemUTC())
                        .stable(),
                "--k3s VERSION");
    }

    private EtcdVersion etcdVersion(K3sVersion version) {
        if (!etcd.isEmpty()) {
            return EtcdVersion.parse(etcd)
                    .orElseThrow(
                            () -> usage("\"" + etcd + "\" is no etcd version", "such as 3.6.14"));
        }
        return chosen(EtcdReleases.of(etcdSource).forK3s(version), "--etcd VERSION");
    }

    private static <V> V chosen(Choice<V> choice, String option) {
        return switch (choice) {
            case Chosen<V> chosen -> chosen.version();
            case NotChosen<V> not ->
                    throw failed("which version is not known: " + not.why(), "say it: " + option);
        };
    }

    private Map<String, Optional<Path>> systems() throws IOException {
        var own = OsRelease.ofThisMachine();
        var wanted = new TreeMap<String, Optional<Path>>();
        if (systems.isEmpty()) {
            own.ifPresent(release -> wanted.put(release, Optional.empty()));
            return wanted;
        }
        if (systems.equals(List.of("none"))) {
            return wanted;
        }
        for (String system : systems) {
            String[] parts = system.split("=", 2);
            if (!OsRelease.KNOWN.contains(parts[0])) {
                throw usage(
                        "\"" + parts[0] + "\" is no OS release that hosts may have",
                        "they are " + new TreeSet<>(OsRelease.KNOWN));
            }
            if (parts.length == 1 && !own.equals(Optional.of(parts[0]))) {
                throw usage(
                        "this machine's own apt sources are not those of " + parts[0],
                        "--os %s=FILE, an apt sources file (deb822, .sources) that serves it"
                                .formatted(parts[0]));
            }
            var sources =
                    parts.length == 1 ? Optional.<Path>empty() : Optional.of(Path.of(parts[1]));
            if (sources.isPresent() && !Files.isRegularFile(sources.get())) {
                throw usage("there is no file " + sources.get(), "--os RELEASE=FILE");
            }
            wanted.put(parts[0], sources);
        }
        return wanted;
    }

    private static CliException usage(String why, String remedy) {
        return new CliException(ExitCode.USAGE, "cannot export: " + why, remedy);
    }

    private static CliException failed(
            @org.jspecify.annotations.Nullable String why, String remedy) {
        return new CliException(ExitCode.FAILED, "cannot export: " + why, remedy);
    }
}
