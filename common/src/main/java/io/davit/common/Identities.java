package io.davit.common;

import java.util.Optional;

/** The URI names (SPIFFE form) that certificates of Davit's own PKI carry, one per certificate. */
public final class Identities {

    private static final String HOST = "spiffe://davit/host/";
    private static final String OPERATOR = "spiffe://davit/operator/";

    /** Every controller's name. */
    public static final String CONTROLLER = "spiffe://davit/controller";

    private Identities() {}

    public static String ofHost(HostId host) {
        return HOST + host.value();
    }

    public static String ofOperator(String name) {
        if (!Names.isOperatorName(name)) {
            throw new IllegalArgumentException(
                    "cannot name operator \""
                            + Names.printable(name)
                            + "\": a-z, 0-9, '.', '_', '-' are allowed, at most 63");
        }
        return OPERATOR + name;
    }

    /** The host that this URI names, if it names one. */
    public static Optional<HostId> host(String uri) {
        if (!uri.startsWith(HOST)) {
            return Optional.empty();
        }
        try {
            return Optional.of(new HostId(uri.substring(HOST.length())));
        } catch (IllegalArgumentException e) {
            return Optional.empty();
        }
    }

    /** The operator that this URI names, if it names one. */
    public static Optional<String> operator(String uri) {
        if (!uri.startsWith(OPERATOR)) {
            return Optional.empty();
        }
        String name = uri.substring(OPERATOR.length());
        return Names.isOperatorName(name) ? Optional.of(name) : Optional.empty();
    }
}
