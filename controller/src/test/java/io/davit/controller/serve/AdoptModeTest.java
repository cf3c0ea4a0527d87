package io.davit.controller.serve;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.davit.cli.CliException;
import io.davit.cli.Connection;
import io.davit.cli.Credential;
import io.davit.common.AtomicFiles.Ownership;
import io.davit.common.HostId;
import io.davit.common.JoinToken;
import io.davit.common.K3sKeys;
import io.davit.common.Secret;
import io.davit.controller.Specs;
import io.davit.controller.agentlink.Epochs;
import io.davit.controller.audit.Actor;
import io.davit.controller.audit.Change;
import io.davit.controller.backup.Backup;
import io.davit.controller.backup.Passphrase;
import io.davit.controller.backup.Restore;
import io.davit.controller.execute.Envelope;
import io.davit.controller.execute.OperationRecord;
import io.davit.controller.execute.OperationState;
import io.davit.controller.flow.AcceptedClusters;
import io.davit.controller.flow.ClusterEnd;
import io.davit.controller.flow.StoredOperations;
import io.davit.controller.plan.Bindings;
import io.davit.controller.plan.Consent;
import io.davit.controller.spec.SpecReader;
import io.davit.controller.store.Table;
import io.davit.controller.upgrade.UpgradeRecord;
import io.davit.proto.agent.v1.FinishResponse;
import io.davit.proto.agent.v1.Welcome;
import io.davit.proto.operator.v1.ApplyRequest;
import io.davit.proto.operator.v1.ConfirmRequest;
import io.davit.proto.operator.v1.CreateTokenRequest;
import io.davit.proto.operator.v1.DifferencesRequest;
import io.davit.proto.operator.v1.DifferencesResponse;
import io.davit.proto.operator.v1.ListHostsRequest;
import io.davit.proto.operator.v1.LocalStatusRequest;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.UserPrincipalNotFoundException;
import java.time.Clock;
import java.time.Instant;
import java.time.InstantSource;
import java.time.ZoneOffset;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A controller is lost and comes back from its backup. */
class AdoptModeTest {

    private static final Passphrase WORDS =
            Passphrase.of(Secret.ofText("correct horse battery staple"));

    @TempDir Path directory;
    private ControllerRig rig;
    private Credential admin;
    private Path file = Path.of("");
    private final CountDownLatch startedAnew = new CountDownLatch(1);
    private final TestAgent known = new TestAgent();

    /** The backup's epoch is 1; half of what an agent would take at once. */
    private static final long MOST_BELIEVED = 1 + Epochs.LARGEST_JUMP / 2;

    @BeforeEach
    void start() throws Exception {
        rig = ControllerRig.start(directory, this::engine);
        admin = rig.newAdmin("anna");
        known.enrol(rig.serving().enrolmentPort(), token());
        file = directory.resolve("davit.backup");
    }

    private Engine engine(Foundation base) {
        return EngineWiring.make(base, startedAnew::countDown);
    }

    @AfterEach
    void stop() {
        known.close();
        rig.close();
    }

    private JoinToken token() {
        return rig.newToken(admin, CreateTokenRequest.newBuilder().setUses(1).build());
    }

    private Backup.Taken backUp() throws IOException {
        return Backup.run(sources(), file, WORDS, "test", Clock.systemUTC());
    }

    private Backup.Sources sources() {
        return new Backup.Sources(
                directory.resolve("controller.yaml"),
                directory.resolve("controller.key"),
                directory.resolve("state"),
                List.of(directory.resolve("not-there")));
    }

    private Restore.Restored restore() throws IOException {
        return Restore.run(file, WORDS, Optional.empty(), Clock.systemUTC());
    }

    /** The disk of the controller's host is gone; the backup lay elsewhere. */
    private void lose() throws IOException {
        rig.close();
        for (String name : List.of("controller.yaml", "controller.key", "state")) {
            try (Stream<Path> files = Files.walk(directory.resolve(name))) {
                for (Path path : files.toList().reversed()) {
                    Files.delete(path);
                }
            }
        }
    }

    private Welcome connect(TestAgent agent, long highestEpoch) throws Exception {
        agent.connect(rig.serving().agentsPort(), highestEpoch);
        return agent.next().getWelcome();
    }

    private DifferencesResponse differences() {
        try (Connection connection = Connection.open(admin)) {
            return connection.ask(
                    c -> c.adoption().differences(DifferencesRequest.getDefaultInstance()));
        }
    }

    private long confirm(String... without) {
        try (Connection connection = Connection.open(admin)) {
            return connection
                    .ask(c ->
                            c.adoption()
                                    .confirm(
                                            ConfirmRequest.newBuilder()
                                                    .addAllWithout(List.of(without))
                                                    .build()))
                    .getEpoch();
        }
    }

    @Test
    void aKilledBackupLeavesNoKeyAndTheNextOneTakesItsCopyAway() throws Exception {
        Path left = Files.createTempDirectory(Path.of("/var/tmp"), "davit-state-");
        Files.writeString(left.resolve("state.db"), "sealed");
        Files.setLastModifiedTime(left, FileTime.from(Instant.now().minusSeconds(7200)));
        byte[] key = Files.readAllBytes(directory.resolve("controller.key"));
        var seen = new AtomicInteger();
        // asked while the copy is there
        var clock = askedOften(() -> seen.addAndGet(copiesOf(key)));
        Backup.run(sources(), file, WORDS, "test", clock);

        assertThat(seen.get()).as("plain keys beside a state").isZero();
        assertThat(left).doesNotExist();
    }

    private static Clock askedOften(Runnable whenAsked) {
        InstantSource source =
                () -> {
                    whenAsked.run();
                    return Instant.now();
                };
        return source.withZone(ZoneOffset.UTC);
    }

    private int copiesOf(byte[] key) {
        try (var copies = Files.newDirectoryStream(Path.of("/var/tmp"), "davit-state-*")) {
            int found = copiesIn(directory.resolve("state"), key);
            for (Path copy : copies) {
                found += Files.isReadable(copy) ? copiesIn(copy, key) : 0;
            }
            return found;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static int copiesIn(Path folder, byte[] key) throws IOException {
        try (Stream<Path> files = Files.walk(folder)) {
            int copies = 0;
            for (Path path : files.filter(Files::isRegularFile).toList()) {
                copies += Arrays.equals(Files.readAllBytes(path), key) ? 1 : 0;
            }
            return copies;
        } catch (NoSuchFileException | UncheckedIOException e) {
            return 0; // another process has removed its copy meanwhile
        }
    }

    @Test
    void aRestoreForNobodyLeavesNothing() throws Exception {
        backUp();
        lose();
        assertThatThrownBy(() ->
                        Restore.run(
                                file,
                                WORDS,
                                Optional.of(new Ownership("nobody-of-this-name", "root")),
                                Clock.systemUTC()))
                .isInstanceOf(UserPrincipalNotFoundException.class);
        assertThat(directory.resolve("state")).doesNotExist();
    }

    @Test
    void whatALostControllerLeftOfItsStateIsInTheWayOfARestore() throws Exception {
        backUp();
        lose();
        Path log = Files.createDirectory(directory.resolve("state")).resolve("state.db-wal");
        Files.writeString(log, "of another state");
        assertThatThrownBy(this::restore).hasMessageContaining(log + " exists");
        assertThat(log).hasContent("of another state");
    }

    @Test
    void aRestoreMakesNothingInTheFolderOfTheStateAndNoPlainKeyElsewhere() throws Exception {
        byte[] key = Files.readAllBytes(directory.resolve("controller.key"));
        backUp();
        lose();
        Path state = Files.createDirectory(directory.resolve("state"));
        var seen = new AtomicInteger();
        var clock = askedOften(() -> seen.addAndGet(copiesOf(key) + countOf(state)));
        Restore.run(file, WORDS, Optional.empty(), clock);

        assertThat(seen).hasValue(0);
        assertThat(state).isDirectoryContaining(there -> there.endsWith("state.db"));
        assertThat(countOf(state)).isOne();
    }

    private static int countOf(Path folder) {
        try (Stream<Path> files = Files.list(folder)) {
            return (int) files.count();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Test
    void aRestoredControllerLooksAndActsNotUntilItIsAdopted() throws Exception {
        backUp();
        rig.restart(); // reigns that the backup does not know
        rig.restart();
        admin = rig.newAdmin("berta");
        var late = new TestAgent();
        late.enrol(rig.serving().enrolmentPort(), token());
        lose();
        restore();
        rig.startAgain(this::engine);
        admin = rig.newAdmin("carla");

        assertThat(connect(known, 3).getEpoch()).isZero();
        late.connect(rig.serving().agentsPort(), 3);
        assertThat(late.end().getCode()).isEqualTo(Status.Code.PERMISSION_DENIED);
        late.close();
        var differences = differences();
        assertThat(differences.getEpoch()).isEqualTo(1);
        assertThat(differences.getHostsList())
                .singleElement()
                .satisfies(host -> {
                    assertThat(host.getConnected()).isTrue();
                    assertThat(host.getHighestEpoch()).isEqualTo(3);
                });
        assertThat(differences.getStrangersList())
                .singleElement()
                .satisfies(stranger ->
                        assertThat(stranger.getHostId()).isEqualTo(late.identity().getHostId()));
        assertThat(differences.getUnknownList()).isNotEmpty();
        try (Connection connection = Connection.open(admin);
                Connection local = Connection.local(rig.socket())) {
            assertThat(
                            connection
                                    .ask(c -> c.hosts().list(ListHostsRequest.getDefaultInstance()))
                                    .getHostsList())
                    .hasSize(1);
            assertThatThrownBy(() ->
                            connection.ask(
                                    c -> c.clusters().apply(ApplyRequest.getDefaultInstance())))
                    .isInstanceOf(CliException.class)
                    .hasMessageContaining("davit adopt --confirm");
            assertThat(
                            local.ask(c ->
                                            c.onThisHost()
                                                    .status(
                                                            LocalStatusRequest
                                                                    .getDefaultInstance()))
                                    .getMode())
                    .isEqualTo("adopting");
        }

        assertThat(confirm()).isEqualTo(4);
        assertThat(startedAnew.await(10, TimeUnit.SECONDS)).isTrue();
        rig.close();
        rig.startAgain(this::engine);
        admin = rig.newAdmin("dora");

        try (var again = known.reconnecting()) {
            assertThat(connect(again, 3).getEpoch()).isEqualTo(4);
        }
        assertThatThrownBy(this::differences).hasMessageContaining("not in adopt mode");
    }

    /** As it stands in the state when the controller dies in the middle of it. */
    private void beginAnOperation() {
        var base = rig.foundation();
        var reader = new SpecReader(K3sKeys.standard());
        byte[] yaml = Specs.SMALL.getBytes(StandardCharsets.UTF_8);
        var bindings = Map.of("e1", new HostId(known.identity().getHostId()));
        new AcceptedClusters(base.changes(), base.records(), reader, ClusterEnd.NONE)
                .accept(
                        Actor.controller(),
                        "",
                        Optional.empty(),
                        yaml,
                        reader.read(yaml).spec().orElseThrow(),
                        new Bindings(bindings),
                        OperationRecord.start(
                                "op-1",
                                "small",
                                1,
                                new Envelope(1, bindings, Set.of(), Set.of()),
                                Consent.of(false),
                                "anna",
                                Instant.now()));
    }

    @Test
    void anOperationThatRanNeedsAttentionAndDoesNotGoOnByItself() throws Exception {
        beginAnOperation();
        backUp();
        lose();

        assertThat(restore().stopped()).containsExactly("op-1");
        rig.startAgain(this::engine);

        var base = rig.foundation();
        var operation =
                new StoredOperations(base.changes(), base.store()).find("op-1").orElseThrow();
        assertThat(operation.state()).isEqualTo(OperationState.NEEDS_ATTENTION);
        assertThat(operation.causes().getFirst().toString()).contains("it ran when the backup of");
    }

    @Test
    void aBoundHostThatIsAwayHasToComeBackOrBeGivenUpByName() throws Exception {
        beginAnOperation();
        backUp();
        lose();
        restore();
        rig.startAgain(this::engine);
        admin = rig.newAdmin("carla");

        assertThat(differences().getPlans(0).getAwayList()).isNotEmpty();
        assertThatThrownBy(this::confirm)
                .hasMessageContaining("away, so nobody knows what it has obeyed: t1 (")
                .hasMessageContaining("--without HOST");
        assertThatThrownBy(() -> confirm("no-such")).hasMessageContaining("no host is called so");
        assertThat(startedAnew.getCount()).isOne();
        assertThat(confirm("small/e1")).isEqualTo(2);
    }

    @Test
    void nobodyEnrolsInAdoptMode() throws Exception {
        JoinToken token = token();
        backUp();
        lose();
        restore();
        rig.startAgain(this::engine);

        assertThatThrownBy(() -> enrol(token))
                .isInstanceOfSatisfying(
                        StatusRuntimeException.class,
                        e -> {
                            assertThat(e.getStatus().getCode()).isEqualTo(Status.Code.UNAVAILABLE);
                            assertThat(e).hasMessageContaining("restored from a backup");
                        });
    }

    private FinishResponse enrol(JoinToken token) throws Exception {
        return new TestAgent().enrol(rig.serving().enrolmentPort(), token);
    }

    @Test
    void anEpochThatNoAgentWouldTakeIsNotBelieved() throws Exception {
        backUp();
        lose();
        restore();
        rig.startAgain(this::engine);
        admin = rig.newAdmin("carla");
        connect(known, MOST_BELIEVED + 1);

        assertThat(differences().getHosts(0).getProblem()).contains("davit-agent epoch --reset");
        assertThat(confirm()).isEqualTo(2);
    }

    @Test
    void anEpochThatIsNearEnoughIsExceeded() throws Exception {
        backUp();
        lose();
        restore();
        rig.startAgain(this::engine);
        admin = rig.newAdmin("carla");
        connect(known, MOST_BELIEVED);

        assertThat(differences().getHosts(0).getProblem()).isEmpty();
        assertThat(confirm()).isEqualTo(MOST_BELIEVED + 1);
    }

    @Test
    void anUpgradeOfAgentsThatRanEndsWithTheRestore() throws Exception {
        var upgrades = new Table<>("agents-upgrade", UpgradeRecord.class);
        var running =
                new UpgradeRecord(
                        "20261123-160501-k7qm",
                        "0.2.0",
                        UpgradeRecord.State.RUNNING,
                        "anna",
                        false,
                        Map.of(),
                        Instant.now(),
                        Optional.empty(),
                        List.of());
        rig.foundation()
                .changes()
                .make(
                        new Change(Actor.controller(), "test", "agents-upgrade", ""),
                        transaction -> {
                            transaction.put(upgrades, running.id(), running);
                            return running;
                        });
        backUp();
        lose();
        restore();
        rig.startAgain(this::engine);

        var ended = rig.foundation().records().find(upgrades, running.id()).orElseThrow();
        assertThat(ended.state()).isEqualTo(UpgradeRecord.State.FAILED);
        assertThat(ended.causes().getFirst().cause()).contains("it ran when the backup of");
    }

    @Test
    void anExistingControllerIsNotOverwritten() throws Exception {
        backUp();

        assertThatThrownBy(this::restore).hasMessageContaining("exists; a controller was made");
    }

    @Test
    void whatCannotBeOpenedLeavesNothingBehind() throws Exception {
        backUp();
        lose();
        byte[] whole = Files.readAllBytes(file);
        whole[whole.length / 2] ^= 1;
        Files.write(file, whole);
        var before = list();

        assertThatThrownBy(this::restore).hasMessageContaining("damaged or cut");
        assertThatThrownBy(() ->
                        Restore.run(
                                file,
                                Passphrase.of(Secret.ofText("another passphrase")),
                                Optional.empty(),
                                Clock.systemUTC()))
                .hasMessageContaining("the passphrase is not the one");
        assertThat(list()).isEqualTo(before);
    }

    @Test
    void aBackupLeavesNoCopiesBeside() throws Exception {
        backUp();

        assertThat(list()).noneMatch(path -> path.contains("backup-"));
    }

    private List<String> list() throws IOException {
        try (Stream<Path> files = Files.walk(directory)) {
            return files.map(Path::toString).sorted().toList();
        }
    }
}
