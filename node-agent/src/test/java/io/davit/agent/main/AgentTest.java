package io.davit.agent.main;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.davit.agent.enroll.Enroller;
import io.davit.agent.enroll.TokenSource;
import io.davit.agent.identity.IdentityStore;
import io.davit.agent.identity.Machine;
import io.davit.agent.link.ControllerChannels;
import io.davit.agent.link.FakeController;
import io.davit.agent.link.FakeWaits;
import io.davit.agent.link.TestPki;
import io.davit.agent.session.ControllerLink;
import io.davit.agent.session.FakeEngine;
import io.davit.agent.session.FakeUpgrade;
import io.davit.agent.session.Session;
import io.davit.common.AtomicFiles;
import io.davit.common.JoinToken;
import io.davit.proto.agent.v1.HostFacts;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.FutureTask;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The agent whole but for its engine, against a controller over TLS. */
final class AgentTest {

    private static final Duration DEADLINE = Duration.ofSeconds(20);
    private static final Machine HERE = new Machine("aaaa", "");

    @TempDir Path state;

    private final FakeWaits waits = FakeWaits.byHand();
    private final FakeController controller;

    AgentTest() throws IOException {
        controller = new FakeController(new TestPki());
    }

    @BeforeEach
    void provideToken() throws IOException {
        putToken(controller.token);
    }

    @AfterEach
    void close() throws InterruptedException {
        controller.close();
    }

    @Test
    void theTokenGoesOnlyAfterTheWelcome() throws Exception {
        controller.welcomesToHoldBack.set(3);
        try (var agent = new Running(HERE)) {
            until(() -> controller.sessions.size() == 1);
            assertThat(token()).exists();
            passUntil(() -> controller.sessions.size() == 3);
            assertThat(token()).exists();
            passUntil(() -> !Files.exists(token()));
            assertThat(controller.sessions).hasSizeGreaterThanOrEqualTo(4);
            assertThat(agent.thread.isAlive()).isTrue();
        }
    }

    @Test
    void aRestartUsesTheIdentityAndEnrolsNoMore() throws Exception {
        try (var _ = new Running(HERE)) {
            passUntil(() -> !Files.exists(token()));
        }
        try (var _ = new Running(HERE)) {
            until(() -> controller.sessions.size() == 2);
        }
        assertThat(controller.finishes).hasValue(1);
    }

    @Test
    void onAnotherMachineTheIdentityIsNotUsedUntilANewTokenComes() throws Exception {
        try (var _ = new Running(HERE)) {
            passUntil(() -> !Files.exists(token()));
        }
        int before = controller.sessions.size();
        try (var _ = new Running(new Machine("bbbb", ""))) {
            passUntil(() -> waits.asked().contains(Duration.ofSeconds(5)));
            assertThat(controller.sessions).hasSize(before);
            assertThat(state.resolve("identity")).doesNotExist();
            assertThat(state.resolve("identity.stale")).exists();

            putToken(controller.token);
            passUntil(() -> controller.hostsByKey.size() == 2);
        }
    }

    @Test
    void aRefusedHostEnrolsAnewWithANewToken() throws Exception {
        try (var _ = new Running(HERE)) {
            passUntil(() -> !Files.exists(token()));
            controller.refusing = true;
            controller.session().fail(io.grpc.Status.UNAVAILABLE);
            passUntil(() -> controller.sessions.size() >= 3);
            assertThat(controller.finishes).hasValue(1);

            Files.move(state.resolve("identity/host"), state.resolve("host"));
            Files.writeString(
                    state.resolve("identity/host"),
                    Files.readString(state.resolve("host"))
                            .replace(controller.token.id(), "aaaaaaaaaa"));
        }
        try (var _ = new Running(HERE)) {
            putToken(controller.token);
            passUntil(() -> controller.hostsByKey.size() == 2);
            assertThat(state.resolve("identity.refused")).exists();
        }
    }

    private final class Running implements AutoCloseable {

        private final ControllerChannels channels = new ControllerChannels();
        private final Session session;
        private final Thread thread;

        Running(Machine machine) {
            var link = new ControllerLink();
            session =
                    new Session(
                            controller.gatewayAddress(),
                            channels,
                            link,
                            new FakeEngine(link.ports()),
                            new FakeUpgrade(),
                            HostFacts::getDefaultInstance,
                            "1",
                            "run",
                            InstantSource.system(),
                            waits,
                            new SecureRandom());
            var identities = new IdentityStore(state);
            var enroller =
                    new Enroller(
                            controller.enrolmentAddress(),
                            state,
                            new TokenSource(token(), Optional.empty()),
                            identities,
                            machine,
                            HostFacts::getDefaultInstance,
                            channels,
                            InstantSource.system(),
                            waits,
                            new SecureRandom());
            var agent = new Agent(machine, identities, enroller, session);
            thread =
                    Thread.ofVirtual()
                            .start(
                                    new FutureTask<>(() -> {
                                        agent.live();
                                        return true;
                                    }));
        }

        @Override
        public void close() throws InterruptedException {
            thread.interrupt();
            thread.join(DEADLINE);
            session.close();
            channels.close();
        }
    }

    private Path token() {
        return state.resolve("token");
    }

    private void putToken(JoinToken token) throws IOException {
        AtomicFiles.write(token(), token.reveal().getBytes(StandardCharsets.US_ASCII), 0600);
    }

    private static void until(Callable<Boolean> condition) {
        await().atMost(DEADLINE).pollInterval(Duration.ofMillis(5)).until(condition);
    }

    private void passUntil(Callable<Boolean> condition) {
        until(() -> {
            waits.pass(Duration.ofSeconds(1));
            return condition.call();
        });
    }
}
