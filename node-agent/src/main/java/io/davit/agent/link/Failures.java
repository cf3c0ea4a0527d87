package io.davit.agent.link;

import io.davit.common.Names;
import io.grpc.Status;
import java.net.SocketException;
import java.net.UnknownHostException;
import java.security.cert.CertificateException;

/** Says in one line why a call to the controller failed. */
public final class Failures {

    private static final int DEEPEST = 12;

    private Failures() {}

    /** The cause that helps a person most; everything that a peer said is made printable. */
    public static String why(Throwable failure) {
        Throwable cause = failure;
        for (int depth = 0; cause != null && depth < DEEPEST; depth++) {
            switch (cause) {
                case ControllerTrust.UntrustedException e -> {
                    return "its certificate is refused: " + message(e);
                }
                case CertificateException e -> {
                    return "its certificate is refused: " + Names.printable(message(e));
                }
                case UnknownHostException _ -> {
                    return "its name cannot be resolved";
                }
                case SocketException e -> {
                    return Names.printable(message(e));
                }
                default -> {}
            }
            cause = cause.getCause();
        }
        var status = Status.fromThrowable(failure);
        String said = status.getDescription();
        Throwable last = status.getCause();
        return status.getCode()
                + (said == null ? "" : ": " + Names.printable(said))
                + (last == null || last.getMessage() == null
                        ? ""
                        : " (" + Names.printable(message(last)) + ")");
    }

    /** Whether the controller knows who is asking and will not have it. */
    public static boolean refusedByName(Throwable failure) {
        return switch (Status.fromThrowable(failure).getCode()) {
            case PERMISSION_DENIED, UNAUTHENTICATED -> true;
            case OK,
                    CANCELLED,
                    UNKNOWN,
                    INVALID_ARGUMENT,
                    DEADLINE_EXCEEDED,
                    NOT_FOUND,
                    ALREADY_EXISTS,
                    RESOURCE_EXHAUSTED,
                    FAILED_PRECONDITION,
                    ABORTED,
                    OUT_OF_RANGE,
                    UNIMPLEMENTED,
                    INTERNAL,
                    UNAVAILABLE,
                    DATA_LOSS ->
                    false;
        };
    }

    private static String message(Throwable e) {
        return e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage();
    }
}
