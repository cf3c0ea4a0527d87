package io.davit.controller.agentlink;

import io.davit.common.Names;
import io.davit.controller.observe.HostFacts;
import io.davit.controller.observe.Observation;
import io.davit.controller.observe.RoleInventory;
import io.davit.proto.agent.v1.Outcome;
import io.davit.proto.agent.v1.StepPhase;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What agents say, as our own types. Texts for people are made printable, since a host is not
 * trusted with an operator's terminal.
 */
final class FromWire {

    private static final int LONGEST_TEXT = 4096;
    private static final int MOST_LINES = 50;

    private FromWire() {}

    static Observation observation(io.davit.proto.agent.v1.Observation message) {
        Map<String, RoleInventory> roles = new HashMap<>();
        message.getRolesList().forEach(role -> roles.put(role.getRole(), inventory(role)));
        return new Observation(
                Instant.ofEpochMilli(message.getObservedAtMs()),
                facts(message.getFacts()),
                roles,
                message.getWithoutSecretDigests());
    }

    static HostFacts facts(io.davit.proto.agent.v1.HostFacts message) {
        return new HostFacts(
                Names.printable(message.getHostname()),
                Names.printable(message.getMachineId()),
                Names.printable(message.getProductUuid()),
                Names.printable(message.getOsId()),
                Names.printable(message.getOsVersion()),
                Names.printable(message.getKernel()),
                Names.printable(message.getArch()),
                message.getCpus(),
                message.getMemoryBytes(),
                message.getCgroupVersion(),
                message.getAddressesList().stream().map(Names::printable).toList(),
                message.getInterfacesList().stream()
                        .map(card ->
                                new HostFacts.NetworkInterface(
                                        Names.printable(card.getName()),
                                        Names.printable(card.getAddress()),
                                        card.getPrefix()))
                        .toList(),
                message.getHasDefaultRoute(),
                message.getFileSystemsList().stream()
                        .map(found ->
                                new HostFacts.FileSystem(
                                        found.getDirectory(),
                                        found.getSizeBytes(),
                                        found.getFreeBytes()))
                        .toList(),
                Names.printable(message.getBootId()),
                Names.printable(message.getAgentVersion()),
                message.getSystemdVersion(),
                message.getListeningPortsList());
    }

    private static RoleInventory inventory(io.davit.proto.agent.v1.RoleInventory role) {
        Map<String, RoleInventory.SlotState> slots = new HashMap<>();
        role.getSlotsList()
                .forEach(slot ->
                        slots.put(
                                slot.getSlot(),
                                new RoleInventory.SlotState(
                                        slot.getDigest(),
                                        slot.getRestartDigest(),
                                        slot.getMode(),
                                        slot.getOwner(),
                                        slot.getGroup())));
        Map<String, RoleInventory.UnitState> units = new HashMap<>();
        role.getUnitsList().forEach(unit -> units.put(unit.getUnit(), unit(unit)));
        Map<String, RoleInventory.ArtifactState> artifacts = new HashMap<>();
        role.getArtifactsList()
                .forEach(artifact ->
                        artifacts.put(
                                artifact.getArtifact(),
                                new RoleInventory.ArtifactState(
                                        artifact.getVersion(),
                                        artifact.getSha256(),
                                        artifact.getInPlace())));
        Map<String, String> packages = new HashMap<>();
        role.getPackagesList()
                .forEach(found -> packages.put(found.getPackage(), found.getVersion()));
        Map<String, RoleInventory.CertificateState> certificates = new HashMap<>();
        role.getCertificatesList()
                .forEach(found -> certificates.put(found.getSlot(), certificate(found)));
        return new RoleInventory(
                role.getRole(),
                slots,
                units,
                artifacts,
                packages,
                certificates,
                role.getPrepared(),
                role.getUnpreparedList().stream().map(FromWire::text).toList(),
                role.getObstaclesList().stream().map(FromWire::obstacle).toList(),
                role.getInstalled(),
                role.getDataDirectoriesList(),
                role.hasLoadBalancer()
                        ? Optional.of(loadBalancer(role.getLoadBalancer()))
                        : Optional.empty());
    }

    private static RoleInventory.LoadBalancerState loadBalancer(
            io.davit.proto.agent.v1.LoadBalancerState state) {
        Map<String, RoleInventory.BackendState> backends = new HashMap<>();
        state.getBackendsList()
                .forEach(found ->
                        backends.put(
                                text(found.getName()),
                                new RoleInventory.BackendState(
                                        text(found.getName()),
                                        text(found.getStatus()),
                                        text(found.getCheck()),
                                        found.getSessions(),
                                        found.getDrained())));
        return new RoleInventory.LoadBalancerState(
                state.getServing(), text(state.getError()), backends);
    }

    private static RoleInventory.UnitState unit(io.davit.proto.agent.v1.UnitState unit) {
        return new RoleInventory.UnitState(
                unit.getLoadState(),
                unit.getActiveState(),
                unit.getSubState(),
                unit.getEnabled(),
                unit.getStartedWithMap(),
                unit.getInputsNowMap(),
                unit.getParametersMap(),
                unit.getInvocationId(),
                unit.getRestarts(),
                unit.getUnitFileCurrent());
    }

    private static RoleInventory.CertificateState certificate(
            io.davit.proto.agent.v1.CertificateState found) {
        return new RoleInventory.CertificateState(
                found.getIssuerSha256(),
                found.getCommonName(),
                found.getDnsNamesList(),
                found.getIpAddressesList(),
                found.getExtendedKeyUsagesList(),
                Instant.ofEpochMilli(found.getNotAfterMs()),
                found.getSha256(),
                found.getKeyMatches());
    }

    private static RoleInventory.Obstacle obstacle(io.davit.proto.agent.v1.Obstacle found) {
        return new RoleInventory.Obstacle(
                text(found.getKind()),
                text(found.getWhat()),
                text(found.getWhy()),
                text(found.getRemedy()));
    }

    static CheckResult check(io.davit.proto.agent.v1.CheckResult result) {
        String step = result.getStepId();
        return switch (result.getKindCase()) {
            case UNCHANGED -> new CheckResult.Unchanged(step);
            case WOULD_CHANGE ->
                    new CheckResult.WouldChange(
                            step,
                            text(result.getWouldChange().getChange()),
                            diff(result.getWouldChange().getDiff()),
                            result.getWouldChange().getDeferredList().stream()
                                    .map(FromWire::text)
                                    .toList(),
                            result.getWouldChange().getRestarts());
            case CANNOT_TELL ->
                    new CheckResult.CannotTell(
                            step,
                            text(result.getCannotTell().getWhy()),
                            text(result.getCannotTell().getRemedy()));
            case KIND_NOT_SET ->
                    new CheckResult.CannotTell(
                            step, "the agent's answer is of a kind not known here", "");
        };
    }

    static ProbeReading probe(io.davit.proto.agent.v1.ProbeReading reading) {
        return new ProbeReading(
                reading.getRole(),
                reading.getProbe(),
                reading.getOk(),
                text(reading.getError()),
                reading.getDetailsMap());
    }

    static StepOutcome outcome(Outcome outcome) {
        return switch (outcome.getKindCase()) {
            case UNCHANGED -> new StepOutcome.Unchanged();
            case CHANGED -> new StepOutcome.Changed(text(outcome.getChanged().getWhat()));
            case RETRY ->
                    new StepOutcome.Retry(
                            Duration.ofSeconds(
                                    outcome.getRetry().getAfter().getSeconds(),
                                    outcome.getRetry().getAfter().getNanos()),
                            text(outcome.getRetry().getWhy()));
            case BLOCKED ->
                    new StepOutcome.Blocked(
                            text(outcome.getBlocked().getWhy()),
                            text(outcome.getBlocked().getRemedy()));
            case FAILED ->
                    new StepOutcome.Failed(
                            text(outcome.getFailed().getWhy()),
                            lines(outcome.getFailed().getLogLinesList()));
            case KIND_NOT_SET ->
                    new StepOutcome.Failed(
                            "the agent's answer is of a kind not known here", List.of());
        };
    }

    static String phase(StepPhase phase) {
        return switch (phase) {
            case STEP_PHASE_CHECK -> "check";
            case STEP_PHASE_APPLY -> "apply";
            case STEP_PHASE_VERIFY -> "verify";
            case STEP_PHASE_UNSPECIFIED, UNRECOGNIZED -> "";
        };
    }

    static List<String> lines(List<String> lines) {
        return lines.stream().limit(MOST_LINES).map(FromWire::text).toList();
    }

    /** One line for people. */
    static String text(String foreign) {
        return escaped(foreign, false);
    }

    private static String diff(String foreign) {
        return escaped(foreign, true);
    }

    private static String escaped(String foreign, boolean severalLines) {
        var shown = new StringBuilder();
        int most = severalLines ? 64 * LONGEST_TEXT : LONGEST_TEXT;
        for (int i = 0; i < foreign.length() && shown.length() < most; i++) {
            char c = foreign.charAt(i);
            boolean plain = c >= 0x20 && c != 0x7f && !(c >= 0x80 && c < 0xa0);
            if (plain || (severalLines && (c == '\n' || c == '\t'))) {
                shown.append(c);
            } else {
                shown.append("\\u").append(java.util.HexFormat.of().toHexDigits(c));
            }
        }
        return shown.toString();
    }
}
