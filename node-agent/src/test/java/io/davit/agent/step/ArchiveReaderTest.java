package io.davit.agent.step;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.davit.agent.profile.Artifact.Member;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.zip.GZIPOutputStream;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveOutputStream;
import org.apache.commons.compress.archivers.tar.TarConstants;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class ArchiveReaderTest {

    private static final List<Member> MEMBERS =
            List.of(new Member("etcd", true, "/x/etcd"), new Member("etcdutl", false, "/x/u"));

    @TempDir Path directory;

    private interface Filling {
        void fill(TarArchiveOutputStream tar) throws IOException;
    }

    private Path archive(Filling filling) throws IOException {
        Path file = directory.resolve("a.tar.gz");
        try (var tar =
                new TarArchiveOutputStream(new GZIPOutputStream(Files.newOutputStream(file)))) {
            tar.setLongFileMode(TarArchiveOutputStream.LONGFILE_POSIX);
            filling.fill(tar);
        }
        return file;
    }

    private static void file(TarArchiveOutputStream tar, String name, int mode) throws IOException {
        var entry = new TarArchiveEntry(name, true);
        entry.setSize(4);
        entry.setMode(mode);
        tar.putArchiveEntry(entry);
        tar.write(new byte[] {1, 2, 3, 4});
        tar.closeArchiveEntry();
    }

    private Path unpack(Filling filling) throws IOException {
        Path archive = archive(filling);
        Path into = Files.createTempDirectory(directory, "into");
        new ArchiveReader(MEMBERS, 1_000).unpack(archive, into);
        return into;
    }

    private static List<String> names(Path directory) throws IOException {
        try (var paths = Files.list(directory)) {
            return paths.map(path -> path.getFileName().toString()).sorted().toList();
        }
    }

    @Test
    void onlyKnownMembersAreTaken() throws IOException {
        Path into =
                unpack(tar -> {
                    file(tar, "etcd-v3.5.16-linux-amd64/README.md", 0644);
                    file(tar, "etcd-v3.5.16-linux-amd64/etcd", 0755);
                    file(tar, "etcd-v3.5.16-linux-amd64/Documentation/x/etcd", 0644);
                });
        assertThat(names(into)).containsExactly("etcd");
    }

    @Test
    void anArchiveWithoutARequiredMemberIsRefused() {
        refused("it has no etcd", tar -> file(tar, "d/etcdutl", 0755));
    }

    @Test
    void namesThatLeadOutsideAreRefused() {
        refused("leads outside", tar -> file(tar, "/usr/bin/etcd", 0755));
        refused("leads outside", tar -> file(tar, "../etcd", 0755));
        refused("leads outside", tar -> file(tar, "d/../../etcd", 0755));
    }

    @Test
    void linksAndDevicesInAMembersPlaceAreRefused() {
        for (byte type :
                List.of(
                        TarConstants.LF_SYMLINK,
                        TarConstants.LF_LINK,
                        TarConstants.LF_CHR,
                        TarConstants.LF_FIFO)) {
            refused(
                    "its etcd is not a plain file",
                    tar -> {
                        var entry = new TarArchiveEntry("d/etcd", type);
                        entry.setLinkName("/etc/shadow");
                        tar.putArchiveEntry(entry);
                        tar.closeArchiveEntry();
                    });
        }
    }

    @Test
    void setuidDuplicatesAndLargeMembersAreRefused() {
        refused("setuid", tar -> file(tar, "d/etcd", 04755));
        refused(
                "etcd twice",
                tar -> {
                    file(tar, "d/etcd", 0755);
                    file(tar, "e/etcd", 0755);
                });
        refused(
                "at most 1000 are allowed",
                tar -> {
                    var entry = new TarArchiveEntry("d/etcd");
                    entry.setSize(1_001);
                    tar.putArchiveEntry(entry);
                    tar.write(new byte[1_001]);
                    tar.closeArchiveEntry();
                });
    }

    @Test
    void aCutArchiveIsRefused() throws IOException {
        Path whole = archive(tar -> file(tar, "d/etcd", 0755));
        byte[] bytes = Files.readAllBytes(whole);
        Files.write(whole, java.util.Arrays.copyOf(bytes, bytes.length / 2));
        Path into = Files.createTempDirectory(directory, "into");
        assertThatThrownBy(() -> new ArchiveReader(MEMBERS, 1_000).unpack(whole, into))
                .isInstanceOf(IOException.class);
    }

    private void refused(String why, Filling filling) {
        assertThatThrownBy(() -> unpack(filling))
                .isInstanceOf(IOException.class)
                .hasMessageContaining(why);
    }
}
