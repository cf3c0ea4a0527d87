package io.davit.controller.enroll;

import io.davit.common.Names;
import java.net.InetAddress;

/** A network in CIDR notation. */
record Cidr(InetAddress network, int prefixLength) {

    /**
     * Reads {@code 198.18.0.0/24} or {@code fd00::/8}.
     *
     * @throws IllegalArgumentException if it is no such notation
     */
    static Cidr parse(String text) {
        String[] parts = text.split("/", -1);
        if (parts.length == 2 && parts[1].matches("\\d{1,3}")) {
            try {
                InetAddress network = InetAddress.ofLiteral(parts[0]);
                int length = Integer.parseInt(parts[1]);
                if (length <= network.getAddress().length * 8) {
                    return new Cidr(network, length);
                }
            } catch (IllegalArgumentException e) {
                // told below, with the whole text
            }
        }
        throw new IllegalArgumentException(
                "cannot read network \""
                        + Names.printable(text)
                        + "\": want an address and a prefix length, such as 198.18.0.0/24");
    }

    boolean contains(InetAddress address) {
        byte[] ours = network.getAddress();
        byte[] theirs = address.getAddress();
        if (ours.length != theirs.length) {
            return false;
        }
        for (int bit = 0; bit < prefixLength; bit++) {
            int mask = 0x80 >> (bit % 8);
            if ((ours[bit / 8] & mask) != (theirs[bit / 8] & mask)) {
                return false;
            }
        }
        return true;
    }
}
