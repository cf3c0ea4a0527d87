package io.davit.agent.upgrade;

import static org.assertj.core.api.Assertions.assertThat;

import io.davit.agent.session.ControllerLink;
import io.davit.agent.session.FakeEngine;
import io.davit.agent.step.ArtifactSource;
import io.davit.agent.system.FakeHost;
import io.davit.agent.system.Finished;
import io.davit.common.Digests;
import io.davit.proto.agent.v1.CommitAgent;
import io.davit.proto.agent.v1.UpgradeAgent;
import io.davit.proto.agent.v1.UpgradeProgress;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Orders to an agent, up to where davit-agent-switch takes over, and from where a build is on
 * trial.
 */
final class AgentUpgradeTest {

    private static final String REIGN = "0123456789abcdef0123456789abcdef";
    private static final TestBuild OWN = new TestBuild("0.2.0");

    @TempDir Path root;

    private final TestBuild next = new TestBuild("0.2.1");
    private final FakeEngine engine = new FakeEngine(new ControllerLink().ports());
    private final List<UpgradeProgress> told = new CopyOnWriteArrayList<>();
    private final List<Long> fetchedFrom = new ArrayList<>();
    private byte[] archive = next.archive();
    private ArtifactSource source =
            (_, offset) -> {
                fetchedFrom.add(offset);
                return new ByteArrayInputStream(
                        Arrays.copyOfRange(archive, (int) offset, archive.length));
            };

    private FakeHost host() throws IOException {
        var host = new FakeHost(root.resolve("host"));
        host.write("/proc/sys/kernel/random/boot_id", "boot-1\n");
        host.systemd().foreignUnit("davit-agent-switch", "/etc/systemd/system/x.service");
        host.processes().when(argv -> argv.getFirst().equals("sync"), _ -> new Finished(0, "", ""));
        return host;
    }

    private Path home() {
        return root.resolve("agent");
    }

    private Path state() {
        return root.resolve("switch");
    }

    @BeforeEach
    void prepare() throws IOException {
        Files.createDirectories(root.resolve("host"));
        Files.createDirectories(home());
        Files.createDirectories(state());
        engine.epoch(7, REIGN);
    }

    private AgentUpgrade agent(FakeHost host) {
        return new AgentUpgrade(
                home(),
                state(),
                OWN.version,
                OWN.build(),
                engine,
                (sha256, offset) -> source.open(sha256, offset),
                host.system());
    }

    private UpgradeAgent.Builder order() {
        return UpgradeAgent.newBuilder()
                .setOrderId("u1-0-1")
                .setEpoch(7)
                .setReignId(REIGN)
                .setVersion(next.version)
                .setBuild(next.build())
                .setSha256(Digests.sha256Hex(archive))
                .setSizeBytes(archive.length);
    }

    private String refusal(UpgradeAgent order) throws Exception {
        told.clear();
        agent(host()).upgrade(order, told::add);
        return told.getLast().getRefused().getCode();
    }

    private String pending() throws IOException {
        Path file = state().resolve("pending");
        return Files.exists(file) ? Files.readString(file) : "";
    }

    /**
     * The script that never comes is noticed by the fake clock; what it would have seen is kept.
     */
    private String asked(UpgradeAgent order) throws Exception {
        var seen = new ArrayList<String>();
        var host = host();
        agent(host)
                .upgrade(
                        order,
                        progress -> {
                            told.add(progress);
                            if (progress.getDoing().startsWith("changing")) {
                                seen.add(engine.resting);
                            }
                        });
        assertThat(host.systemd().calls()).contains("start davit-agent-switch");
        return String.join("", seen);
    }

    @Test
    void aBuildIsFetchedUnpackedHeldToItsListAndTheScriptStartedWhileNoStepIsTaken()
            throws Exception {
        assertThat(asked(order().build())).contains("about to be replaced");
        BuildReader.verify(home().resolve(next.build()), "0.2.1", next.build());
        assertThat(fetchedFrom).containsExactly(0L);
        try (var left = Files.list(home())) {
            assertThat(left).containsExactly(home().resolve(next.build()));
        }
    }

    @Test
    void whereTheScriptDoesNothingTheAgentGoesOnAndSaysSo() throws Exception {
        asked(order().build());
        assertThat(told.getLast().getRefused().getWhy()).contains("has not replaced this agent");
        assertThat(engine.resting).isEmpty();
        assertThat(pending()).as("a script that comes late finds nothing").isEmpty();
    }

    @Test
    void whatLiesThereAlreadyIsHeldToItsListAndNotFetched() throws Exception {
        Path tree = Files.createDirectories(home().resolve(next.build()));
        BuildReader.unpack(Files.write(root.resolve("a.tar.gz"), archive), tree);
        asked(order().build());
        assertThat(fetchedFrom).isEmpty();
        Files.writeString(tree.resolve("runtime/bin/java"), "another");
        asked(order().build());
        assertThat(fetchedFrom).as("and if it is not right it is fetched").hasSize(1);
        BuildReader.verify(tree, "0.2.1", next.build());
    }

    @Test
    void aFetchThatWasCutOffGoesOnWhereItWas() throws Exception {
        Path part = home().resolve(".part-" + Digests.sha256Hex(archive));
        Files.write(part, Arrays.copyOf(archive, 100));
        Files.writeString(home().resolve(".part-of-another"), "x");
        asked(order().build());
        assertThat(fetchedFrom).containsExactly(100L);
        assertThat(home().resolve(".part-of-another")).doesNotExist();
    }

    @Test
    void aRunningStepComesFirst() throws Exception {
        engine.atWork = true;
        assertThat(refusal(order().build())).isEqualTo("busy");
        assertThat(pending()).isEmpty();
        engine.atWork = false;
        asked(order().build());
        assertThat(fetchedFrom).as("it was fetched the first time").hasSize(1);
    }

    @Test
    void onlyTheReignThatIsObeyedMayOrder() throws Exception {
        assertThat(refusal(order().setEpoch(6).build())).isEqualTo("stale_epoch");
        assertThat(refusal(order().setEpoch(8).build())).isEqualTo("stale_epoch");
        assertThat(refusal(order().setEpoch(0).build())).isEqualTo("stale_epoch");
        assertThat(refusal(order().setReignId("f".repeat(32)).build())).isEqualTo("stale_epoch");
        assertThat(fetchedFrom).isEmpty();
    }

    @Test
    void whatIsNoOrderIsRefusedBeforeAnythingIsFetched() throws Exception {
        for (var bad :
                List.of(
                        order().setBuild("../../etc-0123456789ab").build(),
                        order().setBuild("0.2.2-0123456789ab").build(),
                        order().setSha256("x").build(),
                        order().setSizeBytes(0).build(),
                        order().setSizeBytes(1L << 40).build(),
                        order().setOrderId("a b").build())) {
            assertThat(refusal(bad)).as(bad.toString()).isEqualTo("not_valid");
        }
        assertThat(refusal(order().setVersion("0.2.0").setBuild(OWN.build()).build()))
                .isEqualTo("same_build");
        assertThat(fetchedFrom).isEmpty();
        assertThat(engine.resting).isEmpty();
    }

    @Test
    void oneMinorVersionBackIsTheFarthest() throws Exception {
        assertThat(refusal(order().setVersion("0.0.9").setBuild("0.0.9-0123456789ab").build()))
                .isEqualTo("too_old");
        var before = new TestBuild("0.1.4");
        archive = before.archive();
        asked(order().setVersion("0.1.4").setBuild(before.build()).build());
        assertThat(home().resolve(before.build())).exists();
    }

    @Test
    void whatWentBackOnceIsKeptOutUnlessItIsOrderedAgain() throws Exception {
        Files.writeString(state().resolve("bad"), Digests.sha256Hex(archive) + "\n");
        assertThat(refusal(order().build())).isEqualTo("known_bad");
        assertThat(fetchedFrom).isEmpty();
        asked(order().setAgain(true).build());
    }

    @Test
    void anArchiveThatIsNotWhatItSaysLeavesNothing() throws Exception {
        next.files.put("lib/davit-agent.jar", "another jar");
        archive = next.archive(); // its SHA256SUMS is of the first
        assertThat(refusal(order().build())).isEqualTo("not_valid");
        archive = Arrays.copyOf(archive, archive.length - 20);
        assertThat(refusal(order().build())).isEqualTo("not_valid");
        try (var left = Files.list(home())) {
            assertThat(left).isEmpty();
        }
    }

    @Test
    void anAgentThatWasInstalledWithoutTheScriptSaysWhatToDo() throws Exception {
        var host = new FakeHost(root.resolve("host"));
        agent(host).upgrade(order().build(), told::add);
        assertThat(told.getLast().getRefused().getRemedy()).contains("install.sh --agent");
    }

    private void onTrial(FakeHost host, String to) throws IOException {
        new SwitchFiles(state())
                .ask(
                        new SwitchFiles.Pending(
                                "u1-0-1", "0.1.0-0123456789ab", to, "0".repeat(64), 60, "boot-1"));
        host.systemd().calls();
    }

    @Test
    void aBuildOnTrialTakesNoStepUntilItIsKept() throws Exception {
        var host = host();
        onTrial(host, OWN.build());
        var agent = agent(host);
        agent.begin();
        assertThat(engine.resting).contains("on trial");
        assertThat(agent.standing().onTrial()).isTrue();

        agent.commit(CommitAgent.newBuilder().setBuild(next.build()).build(), told::add);
        assertThat(agent.standing().onTrial()).as("another build was meant").isTrue();
        assertThat(told).isEmpty();

        agent.commit(CommitAgent.newBuilder().setBuild(OWN.build()).build(), told::add);
        assertThat(Files.readString(state().resolve("committed")))
                .isEqualTo("build " + OWN.build() + "\n");
        assertThat(engine.resting).isEmpty();
        assertThat(agent.standing().onTrial()).isFalse();
        assertThat(told.getLast().getCommitted()).isTrue();
    }

    @Test
    void theBuildThatComesBackTakesStepsAndTellsWhatHappened() throws Exception {
        var host = host();
        onTrial(host, next.build());
        Files.writeString(
                state().resolve("outcome"),
                "order u1-0-1\nfrom a\nto b\nresult returned\ncode silent\nwhy it was not"
                        + " confirmed\nlog one\nlog two \u001b[31m\n");
        var agent = agent(host);
        agent.begin();
        assertThat(engine.resting).isEmpty();
        assertThat(host.systemd().calls())
                .as("a script that was cut off goes on")
                .contains("start davit-agent-switch");
        var last = agent.standing().last().orElseThrow();
        assertThat(last.getOrderId()).isEqualTo("u1-0-1");
        assertThat(last.getCode()).isEqualTo("silent");
        assertThat(last.getCommitted()).isFalse();
        assertThat(last.getLogLinesList()).containsExactly("one", "two \\u001b[31m");
    }

    @Test
    void theBuildIsToldByTheFolderThatTheProgramRunsFrom() {
        Path home = Path.of("/opt/davit/agent");
        assertThat(OwnBuild.of(home.resolve("0.2.0-0123456789ab/lib/davit-agent.jar"), home))
                .isEqualTo("0.2.0-0123456789ab");
        assertThat(OwnBuild.of(home.resolve("current/lib/davit-agent.jar"), home)).isEmpty();
        assertThat(OwnBuild.of(Path.of("/tmp/x/lib/davit-agent.jar"), home)).isEmpty();
    }
}
