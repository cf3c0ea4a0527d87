package io.davit.controller.disk;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.davit.common.AtomicFiles;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class OwnFolderTest {

    @TempDir private Path directory;

    @Test
    void aFileIsNoneAndAFolderOfSomebodyElseNeither() throws Exception {
        Path file = Files.createFile(directory.resolve("file"));
        assertThat(OwnFolder.make(file)).contains("it is no folder");

        assumeTrue(System.getProperty("user.name").equals("root"));
        Path folder = Files.createDirectory(directory.resolve("folder"));
        AtomicFiles.chown(folder, new AtomicFiles.Ownership("nobody", "root"));
        assertThat(OwnFolder.make(folder)).contains("it is nobody's, not root's");
    }
}
