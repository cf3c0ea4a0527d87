package io.davit.agent.step;

import static io.davit.agent.step.EngineHarness.prepare;
import static io.davit.agent.step.EngineHarness.step;
import static org.assertj.core.api.Assertions.assertThat;

import io.davit.proto.agent.v1.DataDisposal;
import io.davit.proto.agent.v1.Outcome;
import io.davit.proto.agent.v1.RemoveRole;
import io.davit.proto.agent.v1.RoleInventory;
import io.davit.proto.agent.v1.Step;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Preparing, observing and removing whole roles. */
final class RoleTest {

    @TempDir Path directory;
    private EngineHarness harness;

    @BeforeEach
    void open() throws IOException {
        harness = new EngineHarness(directory);
    }

    @AfterEach
    void close() {
        harness.close();
    }

    private RoleInventory inventory(String role) {
        return harness.engine().observe().getRolesList().stream()
                .filter(it -> it.getRole().equals(role))
                .findFirst()
                .orElseThrow();
    }

    private static Step remove(String role, DataDisposal data) {
        return step(role, "remove").setRemoveRole(RemoveRole.newBuilder().setData(data)).build();
    }

    @Test
    void preparingMakesUsersAndDirectoriesOnce() throws Exception {
        assertThat(inventory("etcd").getUnpreparedList())
                .containsExactly(
                        "user etcd",
                        "directory /etc/etcd",
                        "directory /etc/etcd/pki",
                        "directory /var/lib/etcd");

        assertThat(harness.one(prepare("etcd")).hasChanged()).isTrue();

        assertThat(harness.host.transientUnits().names())
                .containsExactly("davit-op-1-e1_etcd_prepare-useradd-etcd");
        assertThat(harness.host.transientUnits().ran().getFirst())
                .startsWith("useradd", "--system")
                .endsWith("--", "etcd");
        assertThat(inventory("etcd").getPrepared()).isTrue();
        assertThat(harness.one(prepare("etcd")).hasUnchanged()).isTrue();
        assertThat(harness.one(prepare("host")).hasUnchanged()).isTrue();
    }

    @Test
    void aForeignDirectoryIsFoundWhilePreparingBeforeAnythingIsTouched() throws Exception {
        harness.host.write("/var/lib/rancher/k3s/server/db/state.db", "theirs");
        var before = harness.host.tree();

        Outcome outcome = harness.one(prepare("control-plane"));

        assertThat(outcome.getBlocked().getWhy())
                .isEqualTo(
                        "cannot prepare control-plane: not ours: path /var/lib/rancher exists and"
                                + " was not made by Davit");
        assertThat(harness.host.tree()).isEqualTo(before);
        assertThat(inventory("worker").getObstaclesList())
                .extracting(obstacle -> obstacle.getWhat())
                .containsExactly("/var/lib/rancher");
    }

    @Test
    void emptyDirectoriesAndMountPointsAreNoObstacles() throws Exception {
        Files.createDirectories(harness.host.files().resolve("/var/lib/etcd/lost+found"));
        Files.createDirectories(harness.host.files().resolve("/etc/rancher/k3s"));

        assertThat(inventory("etcd").getObstaclesList()).isEmpty();
        assertThat(inventory("worker").getObstaclesList()).isEmpty();
        assertThat(harness.one(prepare("etcd")).hasChanged()).isTrue();
    }

    @Test
    void aBusyPortAndAForeignProgramAreObstaclesUntilTheRoleIsHere() throws Exception {
        harness.host.network().listen(2379);
        harness.host.write("/usr/local/bin/etcd", "theirs");

        assertThat(inventory("etcd").getObstaclesList())
                .extracting(obstacle -> obstacle.getKind() + ": " + obstacle.getWhat())
                .containsExactly("not ours: /usr/local/bin/etcd", "port in use: 2379");
        assertThat(harness.one(prepare("etcd")).hasBlocked()).isTrue();
    }

    @Test
    void anUnknownSystemIsUnsupported() throws Exception {
        harness.host.write("/etc/os-release", "ID=plan9\nVERSION_ID=4\n");
        assertThat(inventory("etcd").getObstacles(0).getWhy()).isEqualTo("unsupported OS: plan9 4");
        assertThat(inventory("host").getObstaclesList()).isEmpty();
        assertThat(harness.one(prepare("etcd")).getBlocked().getWhy())
                .isEqualTo("cannot prepare etcd: unsupported OS: plan9 4");
    }

    @Test
    void theInventorySaysWhatIsThereAndWhatItWasStartedWith() throws Exception {
        harness.run(harness.bringUp());
        harness.host.write("/var/lib/etcd/" + EngineHarness.DATA_DIR + "/member/wal", "x");

        RoleInventory etcd = inventory("etcd");

        assertThat(etcd.getInstalled()).isTrue();
        assertThat(etcd.getObstaclesList()).isEmpty();
        assertThat(etcd.getSlotsList())
                .extracting(slot -> slot.getSlot() + " " + slot.getMode())
                .containsExactly("etcd.config 0640", "etcd.ca 0644", "etcd.peer-ca 0644");
        assertThat(etcd.getSlots(0).getRestartDigest()).isNotEqualTo(etcd.getSlots(0).getDigest());
        assertThat(etcd.getUnits(0).getStartedWithMap())
                .isEqualTo(etcd.getUnits(0).getInputsNowMap())
                .containsOnlyKeys("etcd", "etcd.config", "template");
        assertThat(etcd.getUnits(0).getUnitFileCurrent()).isTrue();
        assertThat(etcd.getUnits(0).getEnabled()).isTrue();
        assertThat(etcd.getArtifacts(0).getInPlace()).isTrue();
        assertThat(etcd.getDataDirectoriesList()).containsExactly(EngineHarness.DATA_DIR);

        harness.host.write("/etc/etcd/etcd.yaml", "edited");
        Files.delete(harness.host.files().resolve("/usr/local/bin/etcdctl"));
        RoleInventory edited = inventory("etcd");
        assertThat(edited.getUnits(0).getInputsNowMap())
                .isNotEqualTo(edited.getUnits(0).getStartedWithMap());
        assertThat(edited.getArtifacts(0).getInPlace()).isFalse();
    }

    @Test
    void withoutTheInventoryKeySecretSlotsHaveNoDigest() throws Exception {
        harness.run(prepare("control-plane"));
        harness.run(
                EngineHarness.write(
                        "control-plane",
                        "control-plane.token",
                        "K10" + "ab".repeat(32) + "::server:0123456789abcdef",
                        ""));
        harness.restart();

        assertThat(harness.engine().observe().getWithoutSecretDigests()).isTrue();
        assertThat(inventory("control-plane").getSlots(0).getDigest()).isEmpty();
        harness.engine().inventoryKey(EngineHarness.KEY);
        assertThat(inventory("control-plane").getSlots(0).getDigest()).hasSize(64);
    }

    @Test
    void portsThatSomebodyListensOnAreFacts() throws Exception {
        harness.host.network().listen(8443);
        harness.host.network().listen(6443);
        assertThat(harness.engine().observe().getFacts().getListeningPortsList())
                .containsExactly(6443, 8443);
    }

    @Test
    void observingChangesNothing() throws Exception {
        harness.run(harness.bringUp());
        var before = harness.host.tree();
        harness.engine().observe();
        assertThat(harness.host.tree()).isEqualTo(before);
    }

    @Test
    void aRemovedRoleLeavesNothingOfItsOwn() throws Exception {
        var before = harness.host.tree().keySet();
        harness.run(harness.bringUp());
        harness.host.write("/var/lib/etcd/" + EngineHarness.DATA_DIR + "/member/wal", "x");
        var check =
                harness.engine()
                        .check(List.of(remove("etcd", DataDisposal.DATA_DISPOSAL_DESTROY)))
                        .getFirst();
        assertThat(check.getWouldChange().getChange())
                .contains("unit etcd")
                .contains("/etc/systemd/system/etcd.service")
                .contains("everything in /var/lib/etcd");

        Outcome outcome = harness.one(remove("etcd", DataDisposal.DATA_DISPOSAL_DESTROY));

        assertThat(outcome.hasChanged()).isTrue();
        assertThat(harness.host.tree().keySet())
                .filteredOn(path -> !path.startsWith("opt/davit/artifacts"))
                .containsExactlyElementsOf(before);
        assertThat(harness.host.files().list("/opt/davit/artifacts")).isEmpty();
        assertThat(harness.host.read("/etc/passwd")).doesNotContain("etcd");
        assertThat(inventory("etcd").getInstalled()).isFalse();
        assertThat(harness.one(remove("etcd", DataDisposal.DATA_DISPOSAL_DESTROY)).hasUnchanged())
                .isTrue();
        assertThat(harness.run(harness.bringUp())).allMatch(Outcome::hasChanged);
    }

    @Test
    void keptDataStaysAndIsInTheWayOfALaterRole() throws Exception {
        harness.run(harness.bringUp());
        String wal = "/var/lib/etcd/" + EngineHarness.DATA_DIR + "/member/wal";
        harness.host.write(wal, "x");

        harness.run(remove("etcd", DataDisposal.DATA_DISPOSAL_KEEP));

        assertThat(harness.host.read(wal)).isEqualTo("x");
        assertThat(harness.host.exists("/etc/etcd/etcd.yaml")).isFalse();
        assertThat(inventory("etcd").getObstacles(0).getWhat()).isEqualTo("/var/lib/etcd");
    }

    @Test
    void aMountPointBelowEndsARemovalBeforeAnythingIsTouched() throws Exception {
        harness.run(harness.bringUp());
        harness.host.transientUnits().mount("/var/lib/etcd");
        harness.host.transientUnits().mount("/var/lib/etcd/other-disk");
        var before = harness.host.tree();

        Outcome outcome = harness.one(remove("etcd", DataDisposal.DATA_DISPOSAL_DESTROY));

        assertThat(outcome.getBlocked().getWhy())
                .contains("/var/lib/etcd/other-disk is a mount point below /var/lib/etcd");
        assertThat(harness.host.tree()).isEqualTo(before);
    }

    @Test
    void whatAnotherRoleDeclaresStays() throws Exception {
        harness.run(prepare("control-plane"), prepare("worker"));
        byte[] program = "k3s".getBytes(java.nio.charset.StandardCharsets.UTF_8);
        harness.run(harness.artifact("control-plane", "k3s", "v1.34.1+k3s1", program, "k3s"));

        harness.run(remove("control-plane", DataDisposal.DATA_DISPOSAL_DESTROY));

        assertThat(harness.host.exists("/etc/rancher/k3s")).isTrue();
        assertThat(harness.host.exists("/var/lib/rancher/k3s")).isTrue();
        assertThat(inventory("worker").getPrepared()).isTrue();
    }

    @Test
    void aRoleWithoutAWordAboutItsDataIsNotRemoved() throws Exception {
        harness.run(Arrays.copyOf(harness.bringUp(), 2));
        assertThat(
                        harness.one(remove("etcd", DataDisposal.DATA_DISPOSAL_UNSPECIFIED))
                                .getFailed()
                                .getWhy())
                .contains("neither KEEP nor DESTROY");
    }
}
