package io.davit.agent.enroll;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import io.davit.agent.identity.HostIdentity;
import io.davit.agent.identity.IdentityStore;
import io.davit.agent.identity.Machine;
import io.davit.agent.link.Address;
import io.davit.agent.link.ControllerChannels;
import io.davit.agent.link.FakeController;
import io.davit.agent.link.FakeWaits;
import io.davit.agent.link.TestPki;
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
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.LoggerFactory;

final class EnrollerTest {

    private static final Machine MACHINE = new Machine("0123456789abcdef", "");
    private static final Duration DEADLINE = Duration.ofSeconds(20);

    @TempDir Path folder;

    private final TestPki pki = new TestPki();
    private final ControllerChannels channels = new ControllerChannels();
    private final FakeWaits waits = FakeWaits.atOnce();
    private final ListAppender<ILoggingEvent> log = new ListAppender<>();
    private final List<Thread> started = new ArrayList<>();
    private final FakeController controller;

    EnrollerTest() throws IOException {
        controller = new FakeController(pki);
    }

    @BeforeEach
    void listen() {
        log.start();
        ((Logger) LoggerFactory.getLogger(Enroller.class)).addAppender(log);
    }

    @AfterEach
    void close() throws InterruptedException {
        for (Thread thread : started) {
            thread.interrupt();
            thread.join(DEADLINE);
        }
        ((Logger) LoggerFactory.getLogger(Enroller.class)).detachAppender(log);
        channels.close();
        controller.close();
    }

    @Test
    void aTokenBecomesAnIdentityOnDisk() throws Exception {
        put(controller.token);
        var identity = enrol(enroller());

        assertThat(controller.hostsByKey).containsValue(identity.hostId());
        assertThat(store().load(MACHINE)).isEqualTo(new IdentityStore.Found.Usable(identity));
        assertThat(Files.getPosixFilePermissions(folder.resolve("identity/key.pem")))
                .isEqualTo(AtomicFiles.permissions(0600));
    }

    @Test
    void theTokenStaysUntilASessionWasHeld() throws Exception {
        put(controller.token);
        var enroller = enroller();
        var identity = enrol(enroller);
        assertThat(tokenFile()).exists();

        enroller.finish(identity);
        assertThat(tokenFile()).doesNotExist();
        assertThat(folder.resolve("enrolment")).doesNotExist();
    }

    @Test
    void anotherTokenThanTheUsedOneIsLeftAlone() throws Exception {
        put(controller.token);
        var enroller = enroller();
        var identity = enrol(enroller);
        put(JoinToken.random(new SecureRandom(), List.of(pki.pin())));
        assertThat(enroller.hasTokenOtherThan(identity.tokenId())).isTrue();

        enroller.finish(identity);
        assertThat(tokenFile()).exists();
    }

    @Test
    void aControllerWithoutThePinNeverSeesTheSecret() throws Exception {
        put(JoinToken.random(new SecureRandom(), List.of(new TestPki().pin())));
        var running = start(enroller());
        await().atMost(DEADLINE).until(() -> !messages("not the controller that made").isEmpty());

        assertThat(controller.begins).hasValue(0);
        assertThat(controller.finishes).hasValue(0);
        assertThat(running.isDone()).isFalse();
    }

    @Test
    void aLostReplyIsAskedForAgainWithTheSameKey() throws Exception {
        controller.finishRepliesToLose.set(3);
        put(controller.token);
        enrol(enroller());

        assertThat(controller.finishes).hasValue(4);
        assertThat(controller.hostsByKey).hasSize(1);
        assertThat(waits.asked()).hasSize(3);
        assertThat(messages("the next in")).hasSize(3);
    }

    @Test
    void aRestartAsksAgainWithTheSameKey() throws Exception {
        controller.approved = false;
        put(controller.token);
        var first = start(enroller());
        await().atMost(DEADLINE).until(() -> controller.finishes.get() > 0);
        var second = enroller();
        controller.approved = true;
        enrol(second);
        first.get(DEADLINE.toSeconds(), TimeUnit.SECONDS);

        assertThat(controller.hostsByKey).hasSize(1);
    }

    @Test
    void aPendingHostIsToldTheWordsAndWaitsForApproval() throws Exception {
        controller.approved = false;
        put(controller.token);
        var running = start(enroller());
        await().atMost(DEADLINE).until(() -> controller.finishes.get() >= 3);
        assertThat(running.isDone()).isFalse();
        assertThat(messages("compares the words \"babab\"")).isNotEmpty();

        controller.approved = true;
        var identity = running.get(DEADLINE.toSeconds(), TimeUnit.SECONDS);
        assertThat(controller.hostsByKey).hasSize(1).containsValue(identity.hostId());
    }

    @Test
    void waitsForATokenAndSaysSo() throws Exception {
        var running = start(enroller());
        await().atMost(DEADLINE).until(() -> !messages("there is no join token").isEmpty());
        put(controller.token);
        running.get(DEADLINE.toSeconds(), TimeUnit.SECONDS);
    }

    @Test
    void aTokenThatOthersCanReadIsNotUsed() throws Exception {
        put(controller.token);
        Files.setPosixFilePermissions(tokenFile(), AtomicFiles.permissions(0644));
        var running = start(enroller());
        await().atMost(DEADLINE).until(() -> !messages("its mode is rw-r--r--").isEmpty());
        assertThat(controller.begins).hasValue(0);
        Files.setPosixFilePermissions(tokenFile(), AtomicFiles.permissions(0600));
        running.get(DEADLINE.toSeconds(), TimeUnit.SECONDS);
    }

    @Test
    void aSystemdCredentialIsATokenToo() throws Exception {
        Path credentials = Files.createDirectory(folder.resolve("credentials"));
        Files.writeString(credentials.resolve("davit-token"), controller.token.reveal());
        var enroller = enroller(Optional.of(credentials));
        var identity = enrol(enroller);
        enroller.finish(identity);
        assertThat(credentials.resolve("davit-token")).exists();
    }

    @Test
    void aWrongSecretIsRefusedAndNotShownInTheLog() throws Exception {
        var wrong = JoinToken.random(new SecureRandom(), List.of(pki.pin()));
        put(wrong);
        var running = start(enroller());
        await().atMost(DEADLINE)
                .until(() -> !messages("PERMISSION_DENIED: unknown token").isEmpty());
        String secret = wrong.reveal().split("\\.", -1)[2];
        assertThat(messages("")).noneMatch(line -> line.contains(secret));
        put(controller.token);
        running.get(DEADLINE.toSeconds(), TimeUnit.SECONDS);
    }

    private void put(JoinToken token) throws IOException {
        AtomicFiles.write(
                tokenFile(), (token.reveal() + "\n").getBytes(StandardCharsets.US_ASCII), 0600);
    }

    private Path tokenFile() {
        return folder.resolve("token");
    }

    private IdentityStore store() {
        return new IdentityStore(folder);
    }

    private Enroller enroller() {
        return enroller(Optional.empty());
    }

    private Enroller enroller(Optional<Path> credentials) {
        Address address = controller.enrolmentAddress();
        return new Enroller(
                address,
                folder,
                new TokenSource(tokenFile(), credentials),
                store(),
                MACHINE,
                HostFacts::getDefaultInstance,
                channels,
                InstantSource.system(),
                waits,
                new SecureRandom());
    }

    private HostIdentity enrol(Enroller enroller)
            throws ExecutionException, InterruptedException, TimeoutException {
        return start(enroller).get(DEADLINE.toSeconds(), TimeUnit.SECONDS);
    }

    private FutureTask<HostIdentity> start(Enroller enroller) {
        var task = new FutureTask<>(enroller::enrol);
        started.add(Thread.ofVirtual().start(task));
        return task;
    }

    private List<String> messages(String containing) {
        return List.copyOf(log.list).stream()
                .map(ILoggingEvent::getFormattedMessage)
                .filter(line -> line.contains(containing))
                .toList();
    }
}
