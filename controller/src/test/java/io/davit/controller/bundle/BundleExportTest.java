package io.davit.controller.bundle;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.davit.common.Digests;
import io.davit.controller.release.EtcdVersion;
import io.davit.controller.release.K3sVersion;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class BundleExportTest {

    private static final LocalDate TODAY = LocalDate.of(2026, 11, 23);

    @TempDir private Path directory;

    private final List<List<String>> ran = new ArrayList<>();

    /** An apt that "downloads" two packages, and a dpkg-deb that knows them. */
    private final Programs programs =
            argv -> {
                ran.add(argv);
                if (argv.getFirst().equals("dpkg-deb")) {
                    return argv.getLast().contains("haproxy")
                            ? TestBundles.control("haproxy", "2.6.12-1")
                            : TestBundles.control("keepalived", "1:2.2.7-1");
                }
                if (argv.contains("install")) {
                    String cache =
                            argv.stream()
                                    .filter(a -> a.startsWith("Dir::Cache="))
                                    .findFirst()
                                    .orElseThrow()
                                    .replace("Dir::Cache=", "");
                    for (String name :
                            List.of(
                                    "keepalived_1%3a2.2.7-1_amd64.deb",
                                    "haproxy_2.6.12-1_amd64.deb")) {
                        Files.writeString(Path.of(cache, "archives", name), "content of " + name);
                    }
                }
                return "";
            };

    @BeforeEach
    void publish() throws IOException {
        publish(
                "k3s/v1.34.1+k3s1",
                "sha256sum-amd64.txt",
                "k3s",
                "k3s-airgap-images-amd64.tar.zst");
        publish("etcd/v3.5.16", "SHA256SUMS", "etcd-v3.5.16-linux-amd64.tar.gz");
    }

    private void publish(String folder, String sums, String... names) throws IOException {
        Path release = Files.createDirectories(directory.resolve(folder));
        var text = new StringBuilder();
        for (String name : names) {
            Files.writeString(release.resolve(name), "content of " + name);
            text.append(Digests.sha256Hex("content of " + name))
                    .append("  ")
                    .append(name)
                    .append('\n');
        }
        Files.writeString(release.resolve(sums), text);
    }

    private BundleExport.Made export(
            String name, boolean images, Map<String, Optional<Path>> systems) throws Exception {
        return new BundleExport(
                        directory.resolve("k3s").toString(),
                        directory.resolve("etcd").toString(),
                        programs,
                        _ -> {})
                .run(
                        new BundleExport.Wanted(
                                K3sVersion.parse("v1.34.1+k3s1").orElseThrow(),
                                EtcdVersion.parse("3.5.16").orElseThrow(),
                                new TreeSet<>(List.of("amd64")),
                                images,
                                systems),
                        directory.resolve(name),
                        "0.1.0",
                        TODAY);
    }

    @Test
    void aBundleOfTheSameFilesIsTheSameBundleAndAnImportWouldTakeIt() throws Exception {
        var systems = Map.of("debian-12", Optional.<Path>empty());
        var made = export("a.tar", true, systems);
        assertThat(export("b.tar", true, systems)).isEqualTo(made);
        assertThat(Digests.sha256Hex(directory.resolve("a.tar"))).isEqualTo(made.sha256());
        assertThat(Bundle.contents(Bundle.verify(directory.resolve("a.tar"))))
                .containsExactly(
                        "etcd 3.5.16 (amd64)",
                        "k3s v1.34.1+k3s1 (amd64)",
                        "k3s-images v1.34.1+k3s1 (amd64)",
                        "os-packages debian-12 (amd64) {haproxy=2.6.12-1, keepalived=1:2.2.7-1}");
        try (var left = Files.list(directory)) {
            assertThat(left.map(p -> p.getFileName() + "").sorted())
                    .containsExactly("a.tar", "b.tar", "etcd", "k3s");
        }
    }

    @Test
    void aptSeesNothingOfTheMachineButItsSourcesOrTheOnesGiven() throws Exception {
        export("a.tar", true, Map.of("debian-12", Optional.empty()));
        assertThat(ran.get(1))
                .contains("--download-only", "--no-install-recommends", "APT::Architecture=amd64")
                .anyMatch(a -> a.matches("Dir::State::status=.*/state/status"))
                .noneMatch(a -> a.contains("sourcelist") || a.contains("trusted"))
                .endsWith("install", "--", "haproxy", "keepalived");
        ran.clear();
        export("b.tar", true, Map.of("ubuntu-24.04", Optional.of(Path.of("/srv/noble.sources"))));
        assertThat(ran.get(0))
                .contains(
                        "Dir::Etc::sourcelist=/srv/noble.sources",
                        "Dir::Etc::sourceparts=/dev/null");
    }

    @Test
    void aSourceWithoutImagesIsRefusedUnlessNoneAreWanted() throws Exception {
        Files.delete(directory.resolve("k3s/v1.34.1+k3s1/k3s-airgap-images-amd64.tar.zst"));
        assertThatThrownBy(() -> export("a.tar", true, Map.of()))
                .hasMessageContaining("--without-images");
        assertThat(directory.resolve("a.tar")).doesNotExist();
        assertThat(export("a.tar", false, Map.of()).contents()).hasSize(2);
    }

    @Test
    void itWorksInAFolderThatNobodyElseMayChange() throws Exception {
        Path folder = directory.resolve(".a.tar.parts");
        Path elsewhere = Files.createDirectory(directory.resolve("elsewhere"));
        Files.createSymbolicLink(folder, elsewhere);
        assertThatThrownBy(() -> export("a.tar", true, Map.of()))
                .hasMessage(folder + " is no folder to work in: it is a link");
        assertThat(elsewhere).isEmptyDirectory();

        Files.delete(folder);
        Files.createDirectory(folder);
        Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwxrwxr-x"));
        assertThatThrownBy(() -> export("a.tar", true, Map.of()))
                .hasMessageContaining("others may write there (rwxrwxr-x)");

        Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwxr-xr-x"));
        assertThat(export("a.tar", true, Map.of()).contents()).as("one to go on in").hasSize(3);
    }

    @Test
    void theFolderOfAnExportThatBrokeOffIsItsUsersAlone() throws Exception {
        Files.writeString(directory.resolve("k3s/v1.34.1+k3s1/k3s"), "another");
        assertThatThrownBy(() -> export("a.tar", true, Map.of())).hasMessageContaining("k3s");
        assertThat(Files.getPosixFilePermissions(directory.resolve(".a.tar.parts")))
                .isEqualTo(PosixFilePermissions.fromString("rwx------"));
    }

    @Test
    void aFileThatIsNotAsPublishedAndATargetThatExistsAreRefused() throws Exception {
        Files.writeString(directory.resolve("k3s/v1.34.1+k3s1/k3s"), "another");
        assertThatThrownBy(() -> export("a.tar", true, Map.of())).hasMessageContaining("k3s");
        assertThat(directory.resolve("a.tar")).doesNotExist();
        Files.writeString(directory.resolve("b.tar"), "mine");
        assertThatThrownBy(() -> export("b.tar", true, Map.of()))
                .hasMessageContaining("exists already");
        assertThat(directory.resolve("b.tar")).hasContent("mine");
    }
}
