package io.davit.controller.role;

import io.davit.controller.plan.Content;
import io.davit.controller.plan.Content.Literal;
import io.davit.controller.plan.MaterialNames;
import io.davit.controller.plan.World;

/**
 * Tokens in k3s' secure form, {@code K10<sha256 of server-ca.crt's bytes>::<user>:<password>}. With
 * CAs placed before first boot the whole token is known in advance.
 *
 * @see <a href="https://docs.k3s.io/cli/token">k3s token</a>
 */
public final class K3sToken {

    private K3sToken() {}

    /** What servers join with, and the passphrase of the bootstrap data. */
    public static Content server(World world) {
        return token(world, "server", MaterialNames.K3S_SERVER_PASSWORD);
    }

    /** What workers join with; it opens nothing of a server's. */
    public static Content agent(World world) {
        return token(world, "node", MaterialNames.K3S_AGENT_PASSWORD);
    }

    private static Content token(World world, String user, String password) {
        return Content.of(
                new Literal("K10"),
                world.secret(MaterialNames.K3S_SERVER_CA_HASH),
                new Literal("::" + user + ":"),
                world.secret(password),
                new Literal("\n"));
    }
}
