package io.davit.common;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;

class ProgramJarTest {

    @Test
    void theProgramIsTheFirstJarOfTheClassPath() {
        assertThat(ProgramJar.of("/opt/davit/agent/0.1.0-0123456789ab/lib/davit-agent.jar"))
                .contains(Path.of("/opt/davit/agent/0.1.0-0123456789ab/lib/davit-agent.jar"));
        assertThat(ProgramJar.of("/a/lib/x.jar:/b/y.jar")).contains(Path.of("/a/lib/x.jar"));
    }

    @Test
    void aProgramThatRunsFromClassesHasNone() {
        assertThat(ProgramJar.of("target/classes:/b/y.jar")).isEmpty();
        assertThat(ProgramJar.of("")).isEmpty();
    }
}
