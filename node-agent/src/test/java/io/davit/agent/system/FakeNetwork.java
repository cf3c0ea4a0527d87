package io.davit.agent.system;

import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** Ports that a test opens and addresses that it makes unreachable. */
public final class FakeNetwork implements Network {

    private final Set<Integer> listening = ConcurrentHashMap.newKeySet();
    private final Set<String> unreachable = ConcurrentHashMap.newKeySet();

    public void listen(int port) {
        listening.add(port);
    }

    public void close(int port) {
        listening.remove(port);
    }

    public void cut(String address) {
        unreachable.add(address);
    }

    public void heal(String address) {
        unreachable.remove(address);
    }

    @Override
    public List<Listener> listeners() {
        return listening.stream().sorted().map(port -> new Listener(false, port)).toList();
    }

    @Override
    public String holder(int port) {
        return "intruder (pid 811)";
    }

    @Override
    public void reach(String address, int port, Duration timeout) throws IOException {
        if (unreachable.contains(address)) {
            throw new IOException("connect timed out: firewall?");
        }
    }

    @Override
    public List<Address> addresses() {
        return List.of(new Address("eth0", "198.18.0.11", 24));
    }
}
