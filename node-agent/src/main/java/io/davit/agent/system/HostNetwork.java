package io.davit.agent.system;

import java.io.IOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.InterfaceAddress;
import java.net.NetworkInterface;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;

/** The network by /proc/net and sockets; who holds a port by ss in a transient unit. */
public final class HostNetwork implements Network {

    /**
     * The state of a listening socket in /proc/net/tcp (Linux, {@code include/net/tcp_states.h}).
     */
    private static final String LISTEN = "0A";

    /** ::ffff:0:0/96 in the byte order of that table: an IPv4 address in an IPv6 socket. */
    private static final String V4_MAPPED = "0000000000000000FFFF0000";

    private final FileView files;
    private final TransientUnits transientUnits;

    public HostNetwork(FileView files, TransientUnits transientUnits) {
        this.files = files;
        this.transientUnits = transientUnits;
    }

    @Override
    public List<Listener> listeners() throws IOException {
        var found = new ArrayList<Listener>();
        for (String table : List.of("/proc/net/tcp", "/proc/net/tcp6")) {
            if (files.status(table).isEmpty()) {
                continue;
            }
            String text =
                    new String(
                            files.read(table, 16 * 1024 * 1024),
                            java.nio.charset.StandardCharsets.US_ASCII);
            text.lines().skip(1).forEach(line -> parse(line, found));
        }
        return found;
    }

    private static void parse(String line, List<Listener> found) {
        String[] fields = line.strip().split("\\s+");
        if (fields.length < 4 || !fields[3].equals(LISTEN)) {
            return;
        }
        String[] local = fields[1].split(":");
        String address = local[0].toUpperCase(Locale.ROOT);
        boolean loopback =
                address.length() == 8 || address.startsWith(V4_MAPPED)
                        ? address.endsWith("7F")
                        : address.equals("00000000000000000000000001000000");
        found.add(new Listener(loopback, Integer.parseInt(local[1], 16)));
    }

    @Override
    public String holder(int port) throws InterruptedException {
        try {
            var finished =
                    transientUnits.run(
                            "davit-who-holds-" + port,
                            PortHolder.question(port),
                            Duration.ofSeconds(10));
            return PortHolder.in(finished.stdout());
        } catch (IOException e) {
            return PortHolder.UNKNOWN;
        }
    }

    @Override
    public void reach(String address, int port, Duration timeout) throws IOException {
        try (var socket = new Socket()) {
            socket.connect(new InetSocketAddress(address, port), (int) timeout.toMillis());
        } catch (SocketTimeoutException e) {
            throw new IOException("connect timed out: firewall?", e);
        } catch (ConnectException e) {
            String why = String.valueOf(e.getMessage());
            if (!why.toLowerCase(Locale.ROOT).contains("refused")) {
                throw new IOException(why, e);
            }
        } catch (UnknownHostException e) {
            throw new IOException("name " + address + " cannot be resolved", e);
        }
    }

    @Override
    public List<Address> addresses() throws IOException {
        var found = new ArrayList<Address>();
        for (NetworkInterface card : NetworkInterface.networkInterfaces().toList()) {
            if (!card.isUp() || card.isLoopback()) {
                continue;
            }
            for (InterfaceAddress held : card.getInterfaceAddresses()) {
                InetAddress address = held.getAddress();
                if (!address.isLinkLocalAddress()) {
                    String text = address.getHostAddress();
                    int scope = text.indexOf('%');
                    found.add(
                            new Address(
                                    card.getName(),
                                    scope > 0 ? text.substring(0, scope) : text,
                                    held.getNetworkPrefixLength()));
                }
            }
        }
        found.sort(Comparator.comparing(Address::address));
        return List.copyOf(found);
    }
}
