package io.davit.agent.main;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.davit.agent.link.Address;
import io.davit.agent.link.FakeWaits;
import io.davit.agent.link.Waits;
import io.davit.agent.main.AgentConfig.ConfigException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class ConfigSourcesTest {

    @TempDir Path etc;
    @TempDir Path credentials;

    @Test
    void filesOfTheFirstBootReplaceThoseOfThePackageAndBothTheCredential() throws Exception {
        Files.writeString(credentials.resolve("davit-controller"), "credential\n");
        assertThat(config().controller()).isEqualTo(new Address("credential", 7443));

        Files.writeString(file(), "controller = packaged\ntoken-file = /kept\n");
        assertThat(config().controller()).isEqualTo(new Address("packaged", 7443));

        Path more = Files.createDirectory(etc.resolve("agent.conf.d"));
        Files.writeString(more.resolve("90-late.conf"), "controller = late\n");
        Files.writeString(more.resolve("10-early.conf"), "controller = early\n");
        Files.writeString(more.resolve("99-not.conf.old"), "controller = old\n");
        assertThat(config())
                .isEqualTo(
                        new AgentConfig(
                                new Address("late", 7443),
                                new Address("late", 7444),
                                Path.of("/kept")));
    }

    @Test
    void itWaitsUntilTheControllerIsNamed() throws Exception {
        Files.writeString(file(), "# controller = HOST\n");
        var waits = new NamesTheControllerWhileItWaits(FakeWaits.atOnce(), file());
        assertThat(new ConfigSources(file(), Optional.empty()).await(waits).controller())
                .isEqualTo(new Address("named", 7443));
        assertThat(waits.sleeps).isEqualTo(3);
    }

    @Test
    void aMistakeInACredentialIsNamedByIt() throws IOException {
        Files.writeString(credentials.resolve("davit-controller"), "https://ctl\n");
        assertThatThrownBy(this::config)
                .isInstanceOf(ConfigException.class)
                .hasMessageStartingWith("credential davit-controller:1: controller: ");
    }

    private Path file() {
        return etc.resolve("agent.conf");
    }

    private AgentConfig config() throws Exception {
        return new ConfigSources(file(), Optional.of(credentials)).await(FakeWaits.byHand());
    }

    private static final class NamesTheControllerWhileItWaits implements Waits {
        private final Waits time;
        private final Path file;
        private int sleeps;

        NamesTheControllerWhileItWaits(Waits time, Path file) {
            this.time = time;
            this.file = file;
        }

        @Override
        public void sleep(Duration duration) throws InterruptedException {
            time.sleep(duration);
            sleeps++;
            if (sleeps == 3) {
                try {
                    Files.writeString(file, "controller = named\n");
                } catch (IOException e) {
                    throw new AssertionError(e);
                }
            }
        }

        @Override
        public long nanoTime() {
            return time.nanoTime();
        }
    }
}
