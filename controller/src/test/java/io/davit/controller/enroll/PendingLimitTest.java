package io.davit.controller.enroll;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.davit.common.JoinToken;
import io.davit.common.Keys;
import io.davit.controller.audit.Actor;
import io.davit.controller.audit.Change;
import io.davit.controller.serve.ControllerRig;
import io.davit.controller.store.Transaction;
import io.davit.proto.operator.v1.CreateTokenRequest;
import io.grpc.Status;
import java.net.InetAddress;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Instant;
import java.util.Optional;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PendingLimitTest {

    @TempDir private Path directory;

    @Test
    void atMostAThousandHostsWaitForApproval() throws Exception {
        try (var rig = ControllerRig.start(directory)) {
            JoinToken token =
                    rig.newToken(
                            rig.newAdmin("anna"),
                            CreateTokenRequest.newBuilder().setUses(2).build());
            var base = rig.foundation();
            var enrolments =
                    new Enrolments(
                            base.changes(),
                            base.pki(),
                            _ -> Optional.empty(),
                            Clock.systemUTC(),
                            new SecureRandom());
            var later = new Enrolments.PendingMark(Instant.now().plusSeconds(3600));
            Consumer<Consumer<Transaction>> change =
                    work ->
                            base.changes()
                                    .make(
                                            new Change(Actor.controller(), "test", "hosts", ""),
                                            transaction -> {
                                                work.accept(transaction);
                                                return "";
                                            });
            change.accept(t -> {
                for (int i = 0; i < 1000; i++) {
                    t.add(Enrolments.PENDING, "waiting" + i, later);
                }
            });

            assertThatThrownBy(() -> enrolments.enrol(attempt(token), Actor.controller()))
                    .hasMessageContaining("1000 hosts wait for approval")
                    .extracting(e -> Status.fromThrowable(e).getCode())
                    .isEqualTo(Status.Code.RESOURCE_EXHAUSTED);

            change.accept(t -> t.remove(Enrolments.PENDING, "waiting7"));
            assertThat(enrolments.enrol(attempt(token), Actor.controller()))
                    .isInstanceOf(Enrolments.Waiting.class);
        }
    }

    private static Enrolments.Attempt attempt(JoinToken token) {
        return new Enrolments.Attempt(
                token.id(),
                token.secret(),
                Keys.newP256(new SecureRandom()).getPublic(),
                new HostRecord.Description("h", "m", "", "debian 12", "test"),
                InetAddress.getLoopbackAddress());
    }
}
