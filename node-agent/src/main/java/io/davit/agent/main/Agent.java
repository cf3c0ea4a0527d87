package io.davit.agent.main;

import io.davit.agent.enroll.Enroller;
import io.davit.agent.identity.HostIdentity;
import io.davit.agent.identity.IdentityStore;
import io.davit.agent.identity.Machine;
import io.davit.agent.session.Session;
import java.io.IOException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The agent's life: have an identity, hold a session with it, begin again when it is worth nothing
 * any more.
 */
final class Agent {

    private static final Logger LOG = LoggerFactory.getLogger(Agent.class);

    private final Machine machine;
    private final IdentityStore identities;
    private final Enroller enroller;
    private final Session session;

    Agent(Machine machine, IdentityStore identities, Enroller enroller, Session session) {
        this.machine = machine;
        this.identities = identities;
        this.enroller = enroller;
        this.session = session;
    }

    /** Ends by interruption only. */
    void live() throws IOException, InterruptedException {
        while (true) {
            var identity = identity();
            session.hold(
                    identity,
                    enroller::finish,
                    () -> enroller.hasTokenOtherThan(identity.tokenId()));
            identities.setAside("identity.refused");
        }
    }

    private HostIdentity identity() throws IOException, InterruptedException {
        switch (identities.load(machine)) {
            case IdentityStore.Found.Usable(HostIdentity identity) -> {
                return identity;
            }
            case IdentityStore.Found.Nothing() -> LOG.info("this host is not enrolled yet");
            case IdentityStore.Found.Stale stale -> {
                LOG.warn(
                        "the identity of host {} is not used on this machine: {}; the disk was"
                                + " moved or copied. It is kept in {}; a new token makes this a"
                                + " host of its own",
                        stale.hostId(),
                        stale.why(),
                        identities.setAside("identity.stale"));
            }
            case IdentityStore.Found.Broken(String why) -> {
                LOG.error("{}; a new token makes a new one", why);
                identities.setAside("identity.broken");
            }
        }
        return enroller.enrol();
    }
}
