package io.davit.agent.main;

import io.davit.agent.link.SaidOnce;
import io.davit.agent.link.Waits;
import io.davit.agent.main.AgentConfig.ConfigException;
import io.davit.agent.main.AgentConfig.Source;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Where the agent's configuration comes from. What comes later replaces what came before:
 *
 * <ol>
 *   <li>the systemd credential {@code davit-controller}: the controller's address and nothing else
 *   <li>{@code agent.conf}
 *   <li>{@code agent.conf.d/*.conf} beside it, in the order of their names: what a machine is given
 *       at its first boot, without a change to a file of the package
 * </ol>
 *
 * None of them has to be there.
 */
final class ConfigSources {

    private static final Logger LOG = LoggerFactory.getLogger(ConfigSources.class);
    private static final String CREDENTIAL = "davit-controller";
    private static final Duration POLL = Duration.ofSeconds(5);
    private static final Duration REMINDER = Duration.ofMinutes(5);
    private static final long LARGEST = 64 * 1024;

    private final Path file;
    private final Path folder;
    private final Optional<Path> credentials;

    /**
     * @param file agent.conf
     * @param credentials {@code $CREDENTIALS_DIRECTORY}, if systemd set it
     */
    ConfigSources(Path file, Optional<Path> credentials) {
        this.file = file;
        this.folder = file.resolveSibling(file.getFileName() + ".d");
        this.credentials = credentials;
    }

    /** The configuration; while nobody names the controller it says so and looks again. */
    AgentConfig await(Waits waits) throws ConfigException, IOException, InterruptedException {
        var waiting = new SaidOnce(LOG, waits, REMINDER);
        while (true) {
            var config = find();
            if (config.isPresent()) {
                return config.get();
            }
            waiting.say(
                    "waiting for the controller's address: put `controller = HOST` into %s or a file %s/*.conf"
                            .formatted(file, folder));
            waits.sleep(POLL);
        }
    }

    /** The configuration as it is now; nothing while nobody names the controller. */
    Optional<AgentConfig> find() throws ConfigException, IOException {
        return AgentConfig.parse(read());
    }

    private List<Source> read() throws IOException {
        var sources = new ArrayList<Source>();
        if (credentials.isPresent()) {
            text(credentials.get().resolve(CREDENTIAL))
                    .map(host -> new Source("credential " + CREDENTIAL, "controller = " + host))
                    .ifPresent(sources::add);
        }
        var files = new ArrayList<>(List.of(file));
        files.addAll(extra());
        for (Path each : files) {
            text(each).map(text -> new Source(each.toString(), text)).ifPresent(sources::add);
        }
        return sources;
    }

    private List<Path> extra() throws IOException {
        if (!Files.isDirectory(folder)) {
            return List.of();
        }
        try (Stream<Path> files = Files.list(folder)) {
            return files.filter(each -> each.toString().endsWith(".conf")).sorted().toList();
        }
    }

    private static Optional<String> text(Path from) throws IOException {
        try {
            if (Files.size(from) > LARGEST) {
                throw new IOException(from + " has more than " + LARGEST + " bytes");
            }
            return Optional.of(Files.readString(from));
        } catch (NoSuchFileException _) {
            return Optional.empty();
        }
    }
}
