package io.davit.agent.link;

import io.davit.common.Names;
import java.util.regex.Pattern;

/**
 * Where a listener of the controller is.
 *
 * @param host DNS name, IPv4 address, or IPv6 address without brackets
 * @param port 1 to 65535
 */
public record Address(String host, int port) {

    private static final Pattern IPV6 = Pattern.compile("[0-9a-fA-F:.]{2,45}");

    /**
     * Reads {@code host} or {@code host:port}, an IPv6 address in brackets.
     *
     * @param usual the port where none is given
     * @throws IllegalArgumentException saying what is wrong with it
     */
    public static Address parse(String text, int usual) {
        return text.endsWith("]") || !text.contains(":")
                ? new Address(host(text, text), usual)
                : parse(text);
    }

    /**
     * Reads {@code host:port}, an IPv6 address in brackets.
     *
     * @throws IllegalArgumentException saying what is wrong with it
     */
    public static Address parse(String text) {
        int colon = text.lastIndexOf(':');
        if (colon <= 0) {
            throw new IllegalArgumentException(
                    "\"" + Names.printable(text) + "\" is not host:port");
        }
        return new Address(
                host(text, text.substring(0, colon)), port(text, text.substring(colon + 1)));
    }

    private static String host(String whole, String text) {
        if (text.startsWith("[") && text.endsWith("]")) {
            String inner = text.substring(1, text.length() - 1);
            if (IPV6.matcher(inner).matches() && inner.contains(":")) {
                return inner;
            }
        } else if (Names.isDnsName(text)) {
            return text;
        }
        throw new IllegalArgumentException(
                "\""
                        + Names.printable(whole)
                        + "\" does not name a host: a DNS name, an IPv4 address or an IPv6 address"
                        + " in brackets is needed");
    }

    private static int port(String whole, String text) {
        if (text.matches("[0-9]{1,5}")) {
            int port = Integer.parseInt(text);
            if (port >= 1 && port <= 65535) {
                return port;
            }
        }
        throw new IllegalArgumentException(
                "\"" + Names.printable(whole) + "\" has no port from 1 to 65535");
    }

    @Override
    public String toString() {
        return (host.contains(":") ? "[" + host + "]" : host) + ":" + port;
    }
}
