package io.davit.controller.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.davit.common.AtomicFiles;
import io.davit.common.AtomicFiles.Ownership;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class StateFolderTest {

    private static final Ownership NOBODY = new Ownership("nobody", "nogroup");

    @TempDir private Path directory;
    private Path database = Path.of("");
    private Path folder = Path.of("");

    @BeforeEach
    void make() throws IOException {
        database = Files.writeString(directory.resolve("made.db"), "a state");
        folder = directory.resolve("controller");
    }

    private static String owner(Path path) throws IOException {
        return Files.getOwner(path).getName();
    }

    @Test
    void aLinkInThePlaceOfTheStateIsReplacedAndNotFollowed() throws Exception {
        Files.createDirectory(folder);
        Path elsewhere = Files.writeString(directory.resolve("elsewhere"), "kept");
        Path state = Files.createSymbolicLink(folder.resolve("state.db"), elsewhere);
        assertThat(StateFolder.found(folder)).contains(state);
        StateFolder.put(folder, database, Optional.empty());
        assertThat(state).isRegularFile().hasContent("a state");
        assertThat(elsewhere).hasContent("kept");
    }

    @Test
    void aLinkToNowhereIsFoundToo() throws Exception {
        Files.createDirectory(folder);
        Path state = Files.createSymbolicLink(folder.resolve("state.db"), Path.of("nowhere"));
        assertThat(StateFolder.found(folder)).contains(state);
    }

    @Test
    void aFolderOfSomebodyElseIsGivenWithAllThatItHolds() throws Exception {
        assumeTrue(System.getProperty("user.name").equals("root"));
        Path held = Files.createDirectories(folder.resolve("snapshots")).resolve("one");
        Files.createFile(held);
        StateFolder.put(folder, database, Optional.of(NOBODY));
        assertThat(owner(folder)).isEqualTo("nobody");
        assertThat(owner(held)).isEqualTo("nobody");
        assertThat(owner(folder.resolve("state.db"))).isEqualTo("nobody");
    }

    @Test
    void inTheirOwnFolderNothingElseIsGivenAway() throws Exception {
        assumeTrue(System.getProperty("user.name").equals("root"));
        Files.createDirectory(folder);
        AtomicFiles.chown(folder, NOBODY);
        Path planted = Files.createFile(folder.resolve("planted"));
        StateFolder.put(folder, database, Optional.of(NOBODY));
        assertThat(owner(planted)).isEqualTo("root");
        assertThat(owner(folder.resolve("state.db"))).isEqualTo("nobody");
    }
}
