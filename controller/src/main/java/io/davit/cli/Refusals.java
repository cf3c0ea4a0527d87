package io.davit.cli;

import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import javax.net.ssl.SSLException;

/** Turns what gRPC says into what a person can read, with the exit code for it. */
final class Refusals {

    private static final String UNREACHABLE =
            "davit doctor looks for what is in the way; on the controller's host: systemctl status"
                    + " davit";

    private Refusals() {}

    static CliException explain(StatusRuntimeException refusal, String address) {
        Status status = refusal.getStatus();
        String said = status.getDescription() == null ? "" : status.getDescription();
        return switch (status.getCode()) {
            case UNAVAILABLE, CANCELLED -> unavailable(refusal, address);
            case DEADLINE_EXCEEDED ->
                    new CliException(
                            ExitCode.UNREACHABLE,
                            "cannot reach the controller at " + address + ": no answer in time",
                            UNREACHABLE);
            case UNAUTHENTICATED ->
                    new CliException(
                            ExitCode.FAILED,
                            "the controller does not accept this credential: " + said,
                            "as root on the controller's host: davit admin new NAME");
            case UNIMPLEMENTED ->
                    new CliException(
                            ExitCode.FAILED,
                            "the controller at " + address + " does not know this call",
                            "use the davit command of the controller's version (davit version)");
            case OK,
                    UNKNOWN,
                    INVALID_ARGUMENT,
                    NOT_FOUND,
                    ALREADY_EXISTS,
                    PERMISSION_DENIED,
                    RESOURCE_EXHAUSTED,
                    FAILED_PRECONDITION,
                    ABORTED,
                    OUT_OF_RANGE,
                    INTERNAL,
                    DATA_LOSS ->
                    new CliException(
                            ExitCode.FAILED,
                            said.isEmpty() ? "the controller answered " + status.getCode() : said,
                            next(status.getCode(), said));
        };
    }

    private static CliException unavailable(StatusRuntimeException refusal, String address) {
        String deepest = "connection refused or lost";
        boolean tls = false;
        for (Throwable cause = refusal.getCause(); cause != null; cause = cause.getCause()) {
            deepest = String.valueOf(cause.getMessage());
            tls |= cause instanceof SSLException;
        }
        if (tls) {
            return new CliException(
                    ExitCode.FAILED,
                    "cannot talk to " + address + ": TLS failed: " + deepest,
                    "the credential is not this controller's, or was made by an older one: davit"
                            + " admin new NAME");
        }
        return new CliException(
                ExitCode.UNREACHABLE,
                "cannot reach the controller at " + address + ": " + deepest,
                UNREACHABLE);
    }

    /** What to type next, where the controller has not said it. */
    private static String next(Status.Code code, String said) {
        if (said.contains("→") || said.contains("davit ")) {
            return "";
        }
        return switch (code) {
            case NOT_FOUND -> "davit clusters, davit hosts and davit operations list what there is";
            case PERMISSION_DENIED ->
                    "an admin's credential is needed; as root on the controller's host: davit admin"
                            + " new NAME";
            case RESOURCE_EXHAUSTED, ABORTED -> "try again in a moment";
            case UNKNOWN, INTERNAL, DATA_LOSS ->
                    "the controller's log says more, on its host: journalctl -u davit -n 50";
            case OK,
                    CANCELLED,
                    INVALID_ARGUMENT,
                    DEADLINE_EXCEEDED,
                    ALREADY_EXISTS,
                    FAILED_PRECONDITION,
                    OUT_OF_RANGE,
                    UNIMPLEMENTED,
                    UNAVAILABLE,
                    UNAUTHENTICATED ->
                    "";
        };
    }
}
