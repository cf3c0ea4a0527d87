package io.davit.controller.pki;

import io.davit.common.Names;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;

/**
 * By which names and addresses a controller is reached; they stand in its certificate. The first
 * one given is the one that credentials carry.
 */
public record ControllerNames(List<String> all) {

    private static final Pattern IPV4 =
            Pattern.compile("((25[0-5]|2[0-4]\\d|1?\\d?\\d)\\.){3}(25[0-5]|2[0-4]\\d|1?\\d?\\d)");
    private static final Pattern IPV6 =
            Pattern.compile("[0-9a-fA-F:]*:[0-9a-fA-F:]*:[0-9a-fA-F.:]*");

    /**
     * Checks each name.
     *
     * @throws IllegalArgumentException naming one that is neither a DNS name nor an address
     */
    public ControllerNames {
        all = List.copyOf(all);
        if (all.isEmpty()) {
            throw new IllegalArgumentException(
                    "cannot name controller: no name or address is given");
        }
        for (String name : all) {
            if (!isAddress(name) && !isName(name)) {
                throw new IllegalArgumentException(
                        "cannot name controller \""
                                + Names.printable(name)
                                + "\": it is neither a DNS name nor an IP address");
            }
        }
    }

    /** A name whose last label is a number would be a mistyped address. */
    private static boolean isName(String name) {
        return Names.isDnsName(name) && !name.matches("(.*\\.)?\\d+");
    }

    /** Whether this is an IP address rather than a name. */
    public static boolean isAddress(String name) {
        return IPV4.matcher(name).matches() || IPV6.matcher(name).matches();
    }

    /** The name that credentials and tokens' users are told. */
    public String first() {
        return all.getFirst();
    }

    List<String> dnsNames() {
        return all.stream().filter(name -> !isAddress(name)).toList();
    }

    /**
     * The addresses, always with loopback, so that the command line works beside the controller.
     */
    List<String> ipAddresses() {
        var addresses = new ArrayList<>(all.stream().filter(ControllerNames::isAddress).toList());
        if (!addresses.contains("127.0.0.1")) {
            addresses.add("127.0.0.1");
        }
        return addresses;
    }
}
