package io.davit.controller.simulate;

import io.davit.common.Digests;
import io.davit.common.HostId;
import io.davit.common.Secret;
import io.davit.controller.execute.MaterialSource;
import io.davit.controller.execute.SecretResolver;
import io.davit.controller.plan.AgentToken;
import io.davit.controller.plan.Content;
import io.davit.controller.plan.Material;
import io.davit.controller.plan.MaterialNames;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** Material whose values follow from cluster and name, so that tests can repeat them. */
public final class SimulatedMaterial implements MaterialSource, SecretResolver {

    private final Set<String> made = new HashSet<>();
    private final Map<String, AgentToken> tokens = new HashMap<>();

    @Override
    public synchronized Material material(String cluster) {
        return made.contains(cluster) ? new Made(cluster) : Material.NOT_MADE;
    }

    @Override
    public synchronized void make(String cluster) {
        made.add(cluster);
    }

    @Override
    public synchronized void rotateAgentToken(String cluster, AgentToken next) {
        int now = token(cluster).version();
        if (!made.contains(cluster) || next.version() > now + 1) {
            throw new IllegalStateException("cluster " + cluster + " has version " + now);
        }
        if (next.version() == now + 1) {
            tokens.put(cluster, next);
        }
    }

    private synchronized AgentToken token(String cluster) {
        return tokens.getOrDefault(cluster, AgentToken.FIRST);
    }

    private boolean exists(String cluster, Content content) {
        return content.parts().stream()
                .allMatch(part ->
                        !(part instanceof Content.SecretRef reference)
                                || reference.version()
                                        <= (reference
                                                        .name()
                                                        .equals(MaterialNames.K3S_AGENT_PASSWORD)
                                                ? token(cluster).version()
                                                : 1));
    }

    @Override
    public synchronized Secret resolve(String cluster, Content.SecretRef reference) {
        if (!made.contains(cluster)) {
            throw new IllegalStateException("cluster " + cluster + " has no material");
        }
        if (!exists(cluster, Content.of(reference))) {
            throw new IllegalStateException("cluster " + cluster + " has no " + reference);
        }
        return Secret.ofText(value(cluster, reference));
    }

    private static String value(String cluster, Content.SecretRef reference) {
        return "<" + cluster + " " + reference.name() + " " + reference.version() + ">";
    }

    /** The key with which a host's secret slots are digested. */
    static Secret inventoryKey(HostId host) {
        return Secret.ofText("inventory " + host);
    }

    byte[] bytes(String cluster, Content content) {
        var out = new ByteArrayOutputStream();
        for (Content.Part part : content.parts()) {
            byte[] piece =
                    switch (part) {
                        case Content.Literal literal ->
                                literal.text().getBytes(StandardCharsets.UTF_8);
                        case Content.SecretRef reference -> resolve(cluster, reference).reveal();
                    };
            out.writeBytes(piece);
        }
        return out.toByteArray();
    }

    private final class Made implements Material {
        private final String cluster;

        Made(String cluster) {
            this.cluster = cluster;
        }

        @Override
        public boolean made() {
            return true;
        }

        @Override
        public AgentToken agentToken() {
            return token(cluster);
        }

        @Override
        public Optional<SlotDigests> digests(
                HostId host, String slot, boolean secret, Content content) {
            if (!exists(cluster, content)) {
                return Optional.empty();
            }
            return Optional.of(
                    Material.digestsOf(
                            slot,
                            bytes(cluster, content),
                            secret ? Optional.of(inventoryKey(host)) : Optional.empty()));
        }

        @Override
        public Optional<String> issuerSha256(String issuer) {
            return Optional.of(Digests.sha256Hex(cluster + " CA " + issuer));
        }
    }
}
