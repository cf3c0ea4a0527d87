package io.davit.controller.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.davit.common.AtomicFiles;
import io.davit.common.AtomicFiles.Ownership;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
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

    /** The folder is nobody's; root's file is in it. */
    private Path plantedInTheirs() throws IOException {
        Files.createDirectory(folder);
        AtomicFiles.chown(folder, NOBODY);
        return Files.createFile(folder.resolve("planted"));
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
    void noLinkInItIsFollowedWhenItIsGiven() throws Exception {
        assumeTrue(System.getProperty("user.name").equals("root"));
        Path outside = Files.createDirectory(directory.resolve("outside"));
        Path file = Files.createFile(outside.resolve("file"));
        Files.createDirectory(folder);
        Path toFolder = Files.createSymbolicLink(folder.resolve("folder"), outside);
        Files.createSymbolicLink(folder.resolve("file"), file);
        StateFolder.put(folder, database, Optional.of(NOBODY));
        assertThat(owner(folder)).isEqualTo("nobody");
        assertThat(owner(outside)).isEqualTo("root");
        assertThat(owner(file)).isEqualTo("root");
        assertThat(Files.getOwner(toFolder, LinkOption.NOFOLLOW_LINKS).getName()).isEqualTo("root");
    }

    @Test
    void theirFolderIsTheirsByNumberToo() throws Exception {
        assumeTrue(System.getProperty("user.name").equals("root"));
        Path planted = plantedInTheirs();
        String number = String.valueOf(Files.getAttribute(folder, "unix:uid"));
        StateFolder.put(folder, database, Optional.of(new Ownership(number, "nogroup")));
        assertThat(owner(planted)).isEqualTo("root");
    }

    @Test
    void whatIsMissingAboveItMayBeEnteredByAllAndTheFolderByItsOwner() throws Exception {
        Path deep = directory.resolve("srv/davit/state");
        StateFolder.put(deep, database, Optional.empty());
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(deep.getParent())))
                .isEqualTo("rwxr-xr-x");
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(deep)))
                .isEqualTo("rwx------");
    }

    @Test
    void aFolderElsewhereIsGivenAndNotTheLinkToIt() throws Exception {
        assumeTrue(System.getProperty("user.name").equals("root"));
        Path elsewhere = Files.createDirectory(directory.resolve("elsewhere"));
        Files.createSymbolicLink(folder, elsewhere);
        StateFolder.put(folder, database, Optional.of(NOBODY));
        assertThat(owner(elsewhere)).isEqualTo("nobody");
        assertThat(owner(elsewhere.resolve("state.db"))).isEqualTo("nobody");
    }

    @Test
    void aStateWhoseLogWasNotMovedIntoItIsRefused() throws Exception {
        Files.writeString(database.resolveSibling("state.db-wal"), "what was written last");
        assertThatThrownBy(() -> StateFolder.put(folder, database, Optional.empty()))
                .hasMessageContaining("could not finish it in " + directory);
        assertThat(folder).doesNotExist();
    }

    @Test
    void inTheirOwnFolderNothingElseIsGivenAway() throws Exception {
        assumeTrue(System.getProperty("user.name").equals("root"));
        Path planted = plantedInTheirs();
        StateFolder.put(folder, database, Optional.of(NOBODY));
        assertThat(owner(planted)).isEqualTo("root");
        assertThat(owner(folder.resolve("state.db"))).isEqualTo("nobody");
    }
}
