package io.davit.agent.doctor;

import io.davit.agent.system.Command;
import io.davit.agent.system.Network;
import io.davit.agent.system.Processes;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A network that asks for a port's holder without a unit, since a doctor makes none. */
record DirectNetwork(Network network, Processes processes) implements Network {

    private static final Pattern USERS =
            Pattern.compile("users:\\(\\(\"([^\"]{1,40})\",pid=([0-9]+)");

    @Override
    public List<Listener> listeners() throws IOException {
        return network.listeners();
    }

    @Override
    public String holder(int port) throws InterruptedException {
        try {
            var shown =
                    processes.run(
                            Command.of(
                                    Duration.ofSeconds(10),
                                    "ss",
                                    "-ltnpH",
                                    "sport",
                                    "=",
                                    ":" + port));
            Matcher users = USERS.matcher(shown.stdout());
            return users.find()
                    ? "%s (pid %s)".formatted(users.group(1), users.group(2))
                    : "another program";
        } catch (IOException e) {
            return "another program";
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
