package io.davit.agent.step;

import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;

/** HAProxy's admin socket, with answers as 2.6.12 gives them. */
final class FakeHaproxy implements AutoCloseable {

    static final String STATE_COLUMNS =
            "# be_id be_name srv_id srv_name srv_addr srv_op_state srv_admin_state srv_uweight"
                    + " srv_iweight srv_time_since_last_change srv_check_status srv_check_result"
                    + " srv_check_health srv_check_state srv_agent_state bk_f_forced_id"
                    + " srv_f_forced_id srv_fqdn srv_port srvrecord srv_use_ssl srv_check_port"
                    + " srv_check_addr srv_agent_addr srv_agent_port";

    private final ServerSocketChannel socket;
    private final Thread server;
    private final List<String> asked = new CopyOnWriteArrayList<>();
    private final Map<String, String> answers = new ConcurrentHashMap<>();

    FakeHaproxy(Path path) throws IOException {
        Files.createDirectories(path.getParent());
        socket = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
        socket.bind(UnixDomainSocketAddress.of(path));
        answers.put("show info", "Name: HAProxy\nVersion: 2.6.12-1+deb12u4\nPid: 841\n\n");
        answers.put(
                "show stat",
                """
                # pxname,svname,scur,status,type,check_status,check_code
                k3s,FRONTEND,2,OPEN,0,,
                k3s,s1,2,UP,2,L7OK,200
                k3s,s2,0,DOWN,2,* L4CON,
                k3s,BACKEND,2,UP,1,,

                """);
        sessions("s1", 2);
        answers.put(
                "show servers state k3s",
                """
                1
                %s
                3 k3s 1 s1 198.18.0.14 2 0 7 7 3 15 3 3 22 1 0 0 - 6443 - 0 0 - - 0
                3 k3s 2 s2 198.18.0.15 2 8 1 1 4 8 2 0 6 0 0 0 - 6443 - 0 0 - - 0

                """
                        .formatted(STATE_COLUMNS));
        server = Thread.ofVirtual().start(this::serve);
    }

    void answer(String line, String answer) {
        answers.put(line, answer);
    }

    /** Another process of it answers from now on. */
    void reloaded() {
        answers.put("show info", "Name: HAProxy\nVersion: 2.6.12-1+deb12u4\nPid: 953\n\n");
    }

    /** How many sessions a server has now, in all columns that 2.6.12 begins its answer with. */
    void sessions(String server, int now) {
        answers.put(
                "show stat k3s 4 -1",
                """
                # pxname,svname,qcur,qmax,scur,smax,
                k3s,%s,0,0,%d,9,

                """
                        .formatted(server, now));
    }

    List<String> asked() {
        return List.copyOf(asked);
    }

    private void serve() {
        while (socket.isOpen()) {
            try (var client = socket.accept()) {
                var buffer = ByteBuffer.allocate(1000);
                client.read(buffer);
                String line =
                        new String(buffer.array(), 0, buffer.position(), StandardCharsets.US_ASCII)
                                .strip();
                asked.add(line);
                client.write(
                        ByteBuffer.wrap(
                                answers.getOrDefault(line, "\n")
                                        .getBytes(StandardCharsets.US_ASCII)));
            } catch (IOException e) {
                // closed, or the one who asked has gone
            }
        }
    }

    @Override
    public void close() throws IOException {
        socket.close();
        try {
            server.join(); // until then one more question may be answered
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
