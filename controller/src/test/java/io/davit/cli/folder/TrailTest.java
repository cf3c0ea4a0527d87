package io.davit.cli.folder;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.davit.controller.disk.OpenFolder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TrailTest {

    @TempDir private Path directory;

    private static String read(Trail trail) throws Exception {
        try (var folder = trail.open(Optional.empty())) {
            return new String(folder.read(trail.name()), StandardCharsets.UTF_8);
        }
    }

    @Test
    void linksInFoldersOfOnesOwnAreFollowedUpAndDown() throws Exception {
        Path real = Files.createDirectories(directory.resolve("a/b"));
        Files.writeString(real.resolve("config"), "text");
        Files.createSymbolicLink(real.resolve("same"), Path.of("../b/config"));
        Files.createSymbolicLink(directory.resolve("c"), real);

        Path named = directory.resolve("c/same");
        assertThat(read(Trail.of(named, folder -> true))).isEqualTo("text");
        assertThatThrownBy(() -> read(Trail.of(named, folder -> !folder.equals(directory))))
                .isInstanceOf(OpenFolder.LinkRefusedException.class)
                .hasMessageContaining(directory.resolve("c") + " is a link");
        assertThatThrownBy(() -> read(Trail.of(named, folder -> !folder.equals(real))))
                .isInstanceOf(java.io.IOException.class);
    }

    @Test
    void aCircleOfLinksEnds() throws Exception {
        Files.createSymbolicLink(directory.resolve("a"), Path.of("b"));
        Files.createSymbolicLink(directory.resolve("b"), Path.of("a"));
        assertThatThrownBy(() -> Trail.of(directory.resolve("a"), folder -> true))
                .hasMessage("too many links");
    }

    @Test
    void nothingLeadsUpOutOfAFolderOfSomebodyElse() {
        Path named = directory.resolve("x/../../config");
        assertThatThrownBy(() -> Trail.of(named, folder -> !folder.equals(directory)))
                .hasMessageContaining("leads up again below " + directory);
    }
}
