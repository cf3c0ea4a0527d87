package io.davit.controller.upgrade;

import io.davit.common.AtomicFiles.Ownership;
import io.davit.controller.access.Answers;
import io.davit.controller.agentlink.ArtifactFiles;
import io.davit.controller.audit.Actor;
import io.davit.controller.audit.Change;
import io.davit.controller.audit.Changes;
import io.davit.controller.disk.OpenFolder;
import io.davit.controller.disk.Room;
import io.davit.controller.store.Reads;
import io.davit.controller.store.Records;
import io.grpc.Status;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFileAttributes;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The builds of the agent that this controller has: those that install.sh laid beside it, and those
 * that root has imported into its state. Of these the SHA-256 is pinned in the state.
 */
public final class AgentPackages implements ArtifactFiles {

    private static final Logger LOG = LoggerFactory.getLogger(AgentPackages.class);
    private static final String ENDING = ".tar.gz";

    private final Path ownDirectory;
    private final Path importDirectory;
    private final Changes changes;
    private final Records records;
    private final Map<Path, AgentPackage> own = new ConcurrentHashMap<>();

    /**
     * @param ownDirectory where install.sh lays them; need not be there
     * @param importDirectory where root lays them, named by their SHA-256; need not be there
     */
    public AgentPackages(
            Path ownDirectory, Path importDirectory, Changes changes, Records records) {
        this.ownDirectory = ownDirectory;
        this.importDirectory = importDirectory;
        this.changes = changes;
        this.records = records;
    }

    /** Where imported archives lie in a controller's state. */
    public static Path importDirectory(Path state) {
        return state.resolve("agents");
    }

    /**
     * Lays an archive where a controller takes it from. root does, in a folder of the controller's
     * user: what is there meanwhile is not followed.
     *
     * @throws IOException if the disk has no room for it; what the controller has promised to
     *     others is not known here
     */
    public static void lay(Path state, String sha256, long sizeBytes, InputStream content)
            throws IOException {
        var attributes = Files.readAttributes(state, PosixFileAttributes.class);
        var owner =
                Optional.of(
                        new Ownership(attributes.owner().getName(), attributes.group().getName()));
        var names = List.of(state.relativize(importDirectory(state)));
        try (var _ = new Room().promise(state.resolve(sha256), sizeBytes, Room.RESERVE);
                var folder = OpenFolder.below(state, names, owner)) {
            folder.replace(sha256 + ENDING, content, owner);
        }
    }

    /** All that are here, the controller's own first. */
    public List<AgentPackage> all() {
        var all = new ArrayList<>(ownOnes().values());
        records.all(AgentPackage.TABLE).stream()
                .map(Reads.Row::value)
                .filter(each -> Files.exists(imported(each.sha256())))
                .filter(each ->
                        all.stream()
                                .noneMatch(other ->
                                        other.build().equals(each.build())
                                                && other.arch().equals(each.arch())))
                .forEach(all::add);
        return List.copyOf(all);
    }

    private Map<Path, AgentPackage> ownOnes() {
        if (!Files.isDirectory(ownDirectory)) {
            return Map.of();
        }
        try (Stream<Path> files = Files.list(ownDirectory)) {
            files.filter(file -> file.toString().endsWith(ENDING))
                    .sorted()
                    .forEach(file -> own.computeIfAbsent(file, AgentPackages::readOwn));
        } catch (IOException e) {
            LOG.error("cannot read {}: {}", ownDirectory, e.toString());
        }
        own.keySet().removeIf(file -> !Files.exists(file));
        return Map.copyOf(own);
    }

    private static AgentPackage readOwn(Path file) {
        try {
            return PackageReader.read(file, true);
        } catch (IOException e) {
            throw new IllegalStateException(
                    "cannot use " + file + ": " + e.getMessage() + "; run install.sh again", e);
        }
    }

    @Override
    public Optional<Path> file(String sha256) {
        var mine =
                ownOnes().entrySet().stream()
                        .filter(each -> each.getValue().sha256().equals(sha256))
                        .map(Map.Entry::getKey)
                        .findFirst();
        return mine.or(() ->
                records.find(AgentPackage.TABLE, sha256)
                        .map(_ -> imported(sha256))
                        .filter(Files::exists));
    }

    private Path imported(String sha256) {
        return importDirectory.resolve(sha256 + ENDING);
    }

    /**
     * Takes an archive that root has laid into the state.
     *
     * @throws io.grpc.StatusRuntimeException if it is not there, or is none of an agent
     */
    public AgentPackage take(Actor actor, String sha256) {
        if (!sha256.matches("[0-9a-f]{64}") || !Files.exists(imported(sha256))) {
            throw Answers.refusal(
                    Status.NOT_FOUND, "cannot import an agent: it is not in " + importDirectory);
        }
        AgentPackage read;
        try {
            read = PackageReader.read(imported(sha256), false);
        } catch (IOException e) {
            throw Answers.refusal(
                    Status.INVALID_ARGUMENT, "cannot import an agent: " + e.getMessage());
        }
        if (!read.sha256().equals(sha256)) {
            throw Answers.refusal(
                    Status.INVALID_ARGUMENT,
                    "cannot import an agent: its SHA-256 is " + read.sha256());
        }
        return changes.make(
                new Change(
                        actor,
                        "davit.operator.v1.Local/ImportAgent",
                        "agent-package/" + read.build(),
                        sha256),
                transaction -> {
                    transaction.put(AgentPackage.TABLE, sha256, read);
                    return read;
                });
    }
}
