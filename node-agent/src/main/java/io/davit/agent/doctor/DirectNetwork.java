package io.davit.agent.doctor;

import io.davit.agent.system.Command;
import io.davit.agent.system.Network;
import io.davit.agent.system.PortHolder;
import io.davit.agent.system.Processes;
import java.io.IOException;
import java.time.Duration;
import java.util.List;

/** A network that asks for a port's holder without a unit, since a doctor makes none. */
record DirectNetwork(Network network, Processes processes) implements Network {

    @Override
    public List<Listener> listeners() throws IOException {
        return network.listeners();
    }

    @Override
    public String holder(int port) throws InterruptedException {
        try {
            var shown =
                    processes.run(Command.of(Duration.ofSeconds(10), PortHolder.question(port)));
            return PortHolder.in(shown.stdout());
        } catch (IOException e) {
            return PortHolder.UNKNOWN;
        }
    }

    @Override
    public void reach(String address, int port, Duration timeout) throws IOException {
        network.reach(address, port, timeout);
    }

    @Override
    public List<Address> addresses() throws IOException {
        return network.addresses();
    }
}
