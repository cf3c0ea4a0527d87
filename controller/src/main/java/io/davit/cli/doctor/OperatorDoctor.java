package io.davit.cli.doctor;

import io.davit.cli.CliException;
import io.davit.cli.Credential;
import io.davit.common.Diagnosis;
import io.davit.common.Finding;
import io.davit.common.HostNeeds;
import io.davit.common.Pem;
import io.davit.proto.operator.v1.VersionResponse;
import java.nio.file.Path;
import java.security.cert.X509Certificate;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Looks at the machine of a person who uses davit: credential, controller, clock, terminal. */
public final class OperatorDoctor {

    private static final Duration SOON = Duration.ofDays(14);
    private static final String NEW_ONE = "on the controller's host: davit admin new NAME";

    private final Surroundings machine;
    private final Controller controller;
    private final Clock clock;
    private final String version;
    private final List<Finding> found = new ArrayList<>();

    /** The controller, asked once. */
    @FunctionalInterface
    public interface Controller {

        /**
         * @throws CliException if it does not answer, with the reason
         */
        VersionResponse version(Credential credential);
    }

    /**
     * Makes one.
     *
     * @param version of this command
     */
    public OperatorDoctor(
            Surroundings machine, Controller controller, Clock clock, String version) {
        this.machine = machine;
        this.controller = controller;
        this.clock = clock;
        this.version = version;
    }

    /**
     * Everything at once.
     *
     * @param folder of the credential
     */
    public Diagnosis look(Path folder, Map<String, String> environment) {
        Optional<Credential> credential = credential(folder);
        credential.ifPresent(it -> {
            permissions(folder);
            certificate(it);
            address(it);
            controller(it);
        });
        terminal(environment);
        return new Diagnosis(found);
    }

    private Optional<Credential> credential(Path folder) {
        try {
            Credential credential = Credential.read(folder);
            found.add(Finding.ok("credential", folder.toString()));
            return Optional.of(credential);
        } catch (CliException e) {
            found.add(Finding.fail("credential", String.valueOf(e.getMessage()), e.remedy()));
            return Optional.empty();
        }
    }

    private void permissions(Path folder) {
        String key = folder.resolve("operator.key").toString();
        int mode = machine.mode(key).orElse(0);
        found.add(
                (mode & 077) == 0
                        ? Finding.ok("key", "its owner's alone")
                        : Finding.fail(
                                "key",
                                "others may read %s (%o)".formatted(key, mode),
                                "chmod 0600 " + key + "; make a new credential if they did"));
    }

    private void certificate(Credential credential) {
        X509Certificate leaf;
        try {
            leaf = Pem.certificates(credential.certificateChainPem()).getFirst();
        } catch (IllegalArgumentException e) {
            found.add(Finding.fail("certificate", "cannot be read: " + e.getMessage(), NEW_ONE));
            return;
        }
        Instant end = leaf.getNotAfter().toInstant();
        Duration left = Duration.between(clock.instant(), end);
        if (left.isNegative()) {
            found.add(Finding.fail("certificate", "ended " + end, NEW_ONE));
        } else if (clock.instant().isBefore(leaf.getNotBefore().toInstant())) {
            found.add(
                    Finding.fail(
                            "certificate",
                            "begins "
                                    + leaf.getNotBefore().toInstant()
                                    + ", after this clock's now",
                            "set the clock of this machine"));
        } else if (left.compareTo(SOON) < 0) {
            found.add(
                    Finding.warn(
                            "certificate", "ends in " + left.toDays() + " days, " + end, NEW_ONE));
        } else {
            found.add(Finding.ok("certificate", left.toDays() + " days left, until " + end));
        }
    }

    private void address(Credential credential) {
        String host = credential.address().replaceFirst(":\\d+$", "").replaceAll("[\\[\\]]", "");
        List<String> addresses = machine.resolve(host);
        found.add(
                addresses.isEmpty()
                        ? Finding.fail(
                                "name " + host,
                                "cannot be resolved",
                                "put it into DNS or /etc/hosts; the controller's certificate holds"
                                        + " for this name")
                        : Finding.ok("name " + host, String.join(", ", addresses)));
    }

    private void controller(Credential credential) {
        VersionResponse answer;
        Instant before = clock.instant();
        try {
            answer = controller.version(credential);
        } catch (CliException e) {
            found.add(Finding.fail("controller", String.valueOf(e.getMessage()), e.remedy()));
            return;
        }
        Instant after = clock.instant();
        found.add(Finding.ok("controller", credential.address() + " answers"));
        if (answer.hasNow()) {
            clock(answer, before, after);
        }
        found.add(
                answer.getVersion().equals(version)
                        ? Finding.ok("version", version + " here and there")
                        : Finding.warn(
                                "version",
                                "this is %s, the controller %s"
                                        .formatted(version, answer.getVersion()),
                                "use the davit command of the controller's version"));
    }

    /** Against the middle of the question: the answer was made somewhere in it. */
    private void clock(VersionResponse answer, Instant before, Instant after) {
        var theirs =
                Instant.ofEpochSecond(answer.getNow().getSeconds(), answer.getNow().getNanos());
        var middle = before.plus(Duration.between(before, after).dividedBy(2));
        Duration offset = Duration.between(theirs, middle);
        String said =
                "%.1f s %s the controller's"
                        .formatted(
                                offset.abs().toMillis() / 1000.0,
                                offset.isNegative() ? "behind" : "ahead of");
        String remedy = "run a time service on both: systemd-timesyncd, or chrony";
        if (offset.abs().compareTo(HostNeeds.CLOCK_LIMIT) > 0) {
            found.add(Finding.fail("clock", said, remedy));
        } else if (offset.abs().compareTo(HostNeeds.CLOCK_WARNING) > 0) {
            found.add(Finding.warn("clock", said, remedy));
        } else {
            found.add(Finding.ok("clock", said));
        }
    }

    private void terminal(Map<String, String> environment) {
        String term = environment.getOrDefault("TERM", "");
        boolean able = !term.isEmpty() && !term.equals("dumb");
        boolean colours = environment.getOrDefault("NO_COLOR", "").isEmpty();
        found.add(
                Finding.ok(
                        "terminal",
                        able
                                ? term + (colours ? "" : ", without colours (NO_COLOR)")
                                : "plain: apply prints a line for each change"));
    }
}
