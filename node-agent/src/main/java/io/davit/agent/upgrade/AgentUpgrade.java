package io.davit.agent.upgrade;

import io.davit.agent.step.ArtifactSource;
import io.davit.agent.step.Engine;
import io.davit.agent.step.FileFetch;
import io.davit.agent.system.Command;
import io.davit.agent.system.HostSystem;
import io.davit.common.AtomicFiles;
import io.davit.common.DavitVersion;
import io.davit.common.Names;
import io.davit.proto.agent.v1.CommitAgent;
import io.davit.proto.agent.v1.UpgradeAgent;
import io.davit.proto.agent.v1.UpgradeProgress;
import io.davit.proto.agent.v1.UpgradeRefused;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Puts another build of the agent on trial.
 *
 * <ol>
 *   <li>An order is held to what may be: the reign that is obeyed, a version at most one minor
 *       below this one, an archive that did not fail here before, room on the disk.
 *   <li>The archive is fetched, held to its SHA-256, unpacked into {@code .new}, held to its own
 *       SHA256SUMS, and only then gets the name of its build. What lies there already is held to it
 *       again and not fetched.
 *   <li>Nothing is changed while a step runs or waits. From here on the engine takes none.
 *   <li>The change is written down, and davit-agent-switch started. It ends this process.
 *   <li>A build on trial takes no steps until the controller keeps it; then it writes that down,
 *       and the script is content.
 * </ol>
 *
 * Until the fourth nothing that runs has changed; from then on the script brings it to an end, also
 * after a power loss.
 */
public final class AgentUpgrade implements SelfUpgrade {

    /** How long a build may take until it is committed. */
    static final Duration TRIAL = Duration.ofSeconds(60);

    static final String SWITCH = "davit-agent-switch";

    private static final Logger LOG = LoggerFactory.getLogger(AgentUpgrade.class);
    private static final Duration LONGEST_FETCH = Duration.ofMinutes(30);
    private static final Duration LONGEST_SYNC = Duration.ofMinutes(2);
    private static final Duration UNTIL_SWITCHED = Duration.ofSeconds(150);
    private static final Duration LOOK = Duration.ofSeconds(1);
    private static final long LONGEST_ARCHIVE = 512L << 20;

    /** An archive unpacks to three times its size or less; it is there beside that. */
    private static final int UNPACKED = 4;

    private static final long RESERVE = 256L << 20;

    private final Path home;
    private final SwitchFiles files;
    private final String version;
    private final String build;
    private final Engine engine;
    private final ArtifactSource artifacts;
    private final HostSystem system;

    /**
     * @param home where the builds and the link {@code current} are: /opt/davit/agent
     * @param state shared with davit-agent-switch: /var/lib/davit/agent/switch
     * @param version of the running agent
     * @param build of the running agent; empty if it runs from none
     */
    public AgentUpgrade(
            Path home,
            Path state,
            String version,
            String build,
            Engine engine,
            ArtifactSource artifacts,
            HostSystem system) {
        this.home = home;
        this.files = new SwitchFiles(state);
        this.version = version;
        this.build = build;
        this.engine = engine;
        this.artifacts = artifacts;
        this.system = system;
    }

    /** On trial no step is taken; to be called before there is a session. */
    public void begin() throws InterruptedException {
        if (files.pending().isPresent()) {
            try {
                system.systemd()
                        .start(SWITCH); // where it was cut off; while it runs this does nothing
            } catch (IOException e) {
                LOG.warn("cannot start {}: {}", SWITCH, e.getMessage());
            }
        }
        if (onTrial()) {
            LOG.info("build {} is on trial until the controller keeps it", build);
            engine.holdBack("this build of the agent is on trial");
        }
    }

    private boolean onTrial() {
        return !build.isEmpty()
                && files.pending().map(SwitchFiles.Pending::to).equals(Optional.of(build))
                && !files.committed().equals(build);
    }

    @Override
    public Standing standing() {
        return new Standing(build, onTrial(), files.outcome());
    }

    @Override
    public void upgrade(UpgradeAgent order, Consumer<UpgradeProgress> tell)
            throws InterruptedException {
        var telling = new Telling(order, tell);
        LOG.info(
                "order {}: this agent ({}) is to be replaced by {}",
                Names.printable(order.getOrderId()),
                build,
                Names.printable(order.getBuild()));
        telling.doing("looking at what is there");
        try {
            judge(order);
            if (!isThere(order)) {
                needRoom(order);
                unpack(order, fetch(order, telling), telling);
            }
            putOnTrial(order, telling);
        } catch (RefusedException e) {
            telling.refused(e);
        } catch (IOException e) {
            telling.refused(
                    new RefusedException(
                            "cannot",
                            "cannot put build %s in place: %s"
                                    .formatted(order.getBuild(), e.getMessage()),
                            "journalctl -u davit-agent on the host tells more"));
        }
    }

    private void judge(UpgradeAgent order)
            throws RefusedException, IOException, InterruptedException {
        if (order.getEpoch() == 0
                || order.getEpoch() != engine.highestEpoch()
                || !order.getReignId().equals(engine.reignId())) {
            throw new RefusedException(
                    "stale_epoch",
                    "the order is of epoch %d, this agent obeys epoch %d"
                            .formatted(order.getEpoch(), engine.highestEpoch()),
                    "");
        }
        if (build.isEmpty() || !system.systemd().unit(SWITCH).exists()) {
            throw new RefusedException(
                    "cannot",
                    "cannot replace this agent: it was not installed with " + SWITCH,
                    "run install.sh --agent of the newest package on the host");
        }
        boolean wellFormed =
                order.getOrderId().matches("[A-Za-z0-9-]{1,64}")
                        && order.getSha256().matches("[0-9a-f]{64}")
                        && order.getSizeBytes() > 0
                        && order.getSizeBytes() <= LONGEST_ARCHIVE
                        && DavitVersion.isBuild(order.getBuild())
                        && order.getBuild().startsWith(order.getVersion() + "-");
        if (!wellFormed) {
            throw new RefusedException("not_valid", "the order is not one", "");
        }
        if (order.getBuild().equals(build)) {
            throw new RefusedException("same_build", "it runs build " + build + " already", "");
        }
        tooOld(order);
        if (files.isBad(order.getSha256()) && !order.getAgain()) {
            throw new RefusedException(
                    "known_bad",
                    "build " + order.getBuild() + " did not stand its trial here before",
                    "davit agents upgrade --again tries it once more");
        }
    }

    /** An older agent reads what this one wrote only if it is the one before it. */
    private void tooOld(UpgradeAgent order) throws RefusedException {
        var next = DavitVersion.parse(order.getVersion());
        if (next.isEmpty()) {
            throw new RefusedException("not_valid", "its version is none", "");
        }
        var own = DavitVersion.parse(version);
        if (own.isPresent()
                && next.get().compareTo(own.get()) < 0
                && !next.get().worksWith(own.get())) {
            throw new RefusedException(
                    "too_old",
                    "version %s is more than one minor version older than this agent's %s"
                            .formatted(next.get(), version),
                    "go back one minor version at a time");
        }
    }

    /** A build that was left here by the version before, or by an order that came too early. */
    private boolean isThere(UpgradeAgent order) throws IOException {
        Path tree = home.resolve(order.getBuild());
        if (!Files.isDirectory(tree, LinkOption.NOFOLLOW_LINKS)) {
            return false;
        }
        try {
            BuildReader.verify(tree, order.getVersion(), order.getBuild());
            return true;
        } catch (IOException e) {
            LOG.warn("build {} lies here and is not used: {}", order.getBuild(), e.getMessage());
            removeAll(tree);
            return false;
        }
    }

    private void needRoom(UpgradeAgent order) throws RefusedException, IOException {
        long needed = UNPACKED * order.getSizeBytes() + RESERVE;
        long free = Files.getFileStore(home).getUsableSpace();
        if (free < needed) {
            throw new RefusedException(
                    "no_room",
                    "%d MiB are free below %s, %d are needed"
                            .formatted(free >> 20, home, needed >> 20),
                    "make room there, then davit agents upgrade again");
        }
    }

    private Path fetch(UpgradeAgent order, Telling telling)
            throws RefusedException, IOException, InterruptedException {
        Path part = home.resolve(".part-" + order.getSha256());
        try (Stream<Path> others = Files.list(home)) {
            for (Path other : others.toList()) {
                if (other.getFileName().toString().startsWith(".part-") && !other.equals(part)) {
                    Files.delete(other);
                }
            }
        }
        long until = system.clock().nanoTime() + LONGEST_FETCH.toNanos();
        var patience =
                new FileFetch.Patience() {
                    @Override
                    public boolean overdue() {
                        return system.clock().nanoTime() - until > 0;
                    }

                    @Override
                    public void pause(Duration duration) throws InterruptedException {
                        system.clock().sleep(duration);
                    }

                    @Override
                    public void progress(String doing) {
                        telling.doing(doing);
                    }
                };
        return switch (new FileFetch(artifacts, order.getSha256(), order.getSizeBytes(), patience)
                .into(part)) {
            case FileFetch.Fetched() -> part;
            case FileFetch.Overdue(String got) ->
                    throw new RefusedException(
                            "busy", "%s in %d min".formatted(got, LONGEST_FETCH.toMinutes()), "");
            case FileFetch.BrokeOff(String cause) ->
                    throw new RefusedException("busy", "cannot fetch it: " + cause, "");
            case FileFetch.Wrong(String actual) ->
                    throw new RefusedException(
                            "not_valid",
                            "the SHA-256 of what came is %s, %s is wanted"
                                    .formatted(actual, order.getSha256()),
                            "import the archive anew on the controller's host");
        };
    }

    private void unpack(UpgradeAgent order, Path archive, Telling telling)
            throws RefusedException, IOException, InterruptedException {
        telling.doing("unpacking");
        Path fresh = home.resolve(".new");
        removeAll(fresh);
        Files.createDirectory(fresh);
        try {
            BuildReader.unpack(archive, fresh);
            BuildReader.verify(fresh, order.getVersion(), order.getBuild());
        } catch (IOException e) {
            removeAll(fresh);
            Files.deleteIfExists(archive);
            throw new RefusedException(
                    "not_valid",
                    "cannot use the archive of build %s: %s"
                            .formatted(order.getBuild(), e.getMessage()),
                    "import another one on the controller's host");
        }
        // all files of the tree at once; one by one would be hundreds of waits for the disk
        var synced =
                system.processes().run(Command.of(LONGEST_SYNC, "sync", "-f", fresh.toString()));
        if (!synced.ok()) {
            throw new IOException("cannot bring it to the disk: " + synced.cause());
        }
        Files.move(fresh, home.resolve(order.getBuild()), StandardCopyOption.ATOMIC_MOVE);
        Files.delete(archive);
        AtomicFiles.syncDirectory(home);
    }

    private void putOnTrial(UpgradeAgent order, Telling telling)
            throws RefusedException, IOException, InterruptedException {
        if (files.pending().isPresent()) {
            throw new RefusedException("busy", "another change of this agent is under way", "");
        }
        if (!engine.rest("this agent is about to be replaced by build " + order.getBuild())) {
            throw new RefusedException("busy", "a step runs on this host", "");
        }
        telling.doing("changing to " + order.getBuild());
        try {
            files.ask(
                    new SwitchFiles.Pending(
                            order.getOrderId(),
                            build,
                            order.getBuild(),
                            order.getSha256(),
                            TRIAL.toSeconds(),
                            bootId()));
            system.systemd().start(SWITCH);
            awaitEnd();
        } catch (IOException | RefusedException e) {
            files.withdraw();
            engine.goOn();
            throw e;
        }
    }

    /** This process ends meanwhile, unless the script does not do its work. */
    private void awaitEnd() throws RefusedException, InterruptedException {
        long until = system.clock().nanoTime() + UNTIL_SWITCHED.toNanos();
        while (files.pending().isPresent()) {
            if (system.clock().nanoTime() - until > 0) {
                throw new RefusedException(
                        "cannot",
                        "%s has not replaced this agent within %d s"
                                .formatted(SWITCH, UNTIL_SWITCHED.toSeconds()),
                        "journalctl -u " + SWITCH + " on the host tells more");
            }
            system.clock().sleep(LOOK);
        }
        throw new RefusedException(
                "cannot",
                files.outcome().map(it -> it.getWhy()).orElse(SWITCH + " did nothing"),
                "journalctl -u " + SWITCH + " on the host tells more");
    }

    private String bootId() throws IOException {
        return Files.readString(
                        system.files().resolve("/proc/sys/kernel/random/boot_id"),
                        StandardCharsets.US_ASCII)
                .strip();
    }

    private static void removeAll(Path directory) throws IOException {
        if (!Files.exists(directory, LinkOption.NOFOLLOW_LINKS)) {
            return;
        }
        try (Stream<Path> all = Files.walk(directory)) {
            for (Path path : all.toList().reversed()) {
                Files.delete(path);
            }
        }
    }

    @Override
    public void commit(CommitAgent commit, Consumer<UpgradeProgress> tell) {
        if (build.isEmpty() || !commit.getBuild().equals(build)) {
            LOG.warn(
                    "the controller keeps build {}; this one is {}",
                    Names.printable(commit.getBuild()),
                    build);
            return;
        }
        try {
            if (onTrial()) {
                files.commit(build);
                engine.goOn();
                LOG.info("build {} is kept", build);
            }
            tell.accept(UpgradeProgress.newBuilder().setBuild(build).setCommitted(true).build());
        } catch (IOException e) {
            LOG.error("cannot write down that build {} is kept: {}", build, e.toString());
        }
    }

    /** Tells of one order. */
    private record Telling(UpgradeAgent order, Consumer<UpgradeProgress> tell) {

        private UpgradeProgress.Builder about() {
            return UpgradeProgress.newBuilder()
                    .setOrderId(order.getOrderId())
                    .setBuild(order.getBuild());
        }

        void doing(String what) {
            tell.accept(about().setDoing(what).build());
        }

        void refused(RefusedException why) {
            LOG.warn(
                    "order {} is not followed: {} ({})",
                    Names.printable(order.getOrderId()),
                    Names.printable(why.why()),
                    why.code());
            tell.accept(
                    about().setRefused(
                                    UpgradeRefused.newBuilder()
                                            .setCode(why.code())
                                            .setWhy(why.why())
                                            .setRemedy(why.remedy()))
                            .build());
        }
    }
}
