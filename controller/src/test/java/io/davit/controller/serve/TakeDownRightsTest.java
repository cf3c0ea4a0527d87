package io.davit.controller.serve;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.davit.cli.Connection;
import io.davit.cli.Credential;
import io.davit.controller.access.AccessLevel;
import io.davit.controller.audit.AuditTrail;
import io.davit.controller.execute.Envelope;
import io.davit.controller.execute.OperationRecord;
import io.davit.controller.execute.OperationState;
import io.davit.controller.flow.StoredOperations;
import io.davit.controller.plan.AgentWork;
import io.davit.controller.plan.Consent;
import io.davit.proto.operator.v1.OperationRequest;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** To go on with the end of a cluster is to end it: a maintainer may not. */
class TakeDownRightsTest {

    private static final OperationRequest END =
            OperationRequest.newBuilder().setOperationId("op-end").build();

    @TempDir Path directory;

    private ControllerRig rig;
    private Credential anna;

    @BeforeEach
    void start() throws IOException {
        rig = ControllerRig.start(directory, base -> EngineWiring.make(base, () -> {}));
        anna = rig.newAdmin("anna");
    }

    @AfterEach
    void stop() {
        rig.close();
    }

    private void store(OperationState state) {
        var base = rig.foundation();
        new StoredOperations(base.changes(), base.store())
                .save(
                        OperationRecord.start(
                                        "op-end",
                                        "small",
                                        1,
                                        new Envelope(1, Map.of(), Set.of(), Set.of()),
                                        Consent.toTakeDown(AgentWork.Disposal.DESTROY, Set.of()),
                                        "anna",
                                        Instant.now())
                                .ended(state, List.of(), List.of(), Instant.now()));
    }

    private <A> A ask(Function<Connection, A> question) {
        try (Connection connection = Connection.open(anna)) {
            return connection.ask(question);
        }
    }

    private long decisions() {
        return new AuditTrail(rig.foundation().records())
                .newest(100).stream()
                        .filter(row -> row.method().startsWith("davit.operator.v1.Operations/"))
                        .count();
    }

    @Test
    void aMaintainerNeitherApprovesNorResumesIt() {
        rig.setLevel("anna", AccessLevel.MAINTAINER, true);

        store(OperationState.NEEDS_APPROVAL);
        assertThatThrownBy(() -> ask(c -> c.operations().approve(END)))
                .hasMessageContaining("takes a cluster down: that needs access level admin");
        store(OperationState.NEEDS_ATTENTION);
        assertThatThrownBy(() -> ask(c -> c.operations().resume(END)))
                .hasMessageContaining("takes a cluster down: that needs access level admin");
        assertThat(decisions()).isZero();
    }

    @Test
    void anAdminDoes() {
        store(OperationState.NEEDS_ATTENTION);

        assertThatThrownBy(() -> ask(c -> c.operations().resume(END)))
                .as("there is no such cluster to go on with")
                .hasMessageNotContaining("access level");
        assertThat(decisions()).isOne();
    }
}
