package io.davit.controller.simulate;

import io.davit.common.Digests;
import io.davit.common.HostId;
import io.davit.common.Secret;
import io.davit.controller.execute.MaterialSource;
import io.davit.controller.execute.SecretResolver;
import io.davit.controller.plan.Content;
import io.davit.controller.plan.Material;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;

/** Material whose values follow from cluster and name, so that tests can repeat them. */
public final class SimulatedMaterial implements MaterialSource, SecretResolver {

    private final Set<String> made = new HashSet<>();

    @Override
    public synchronized Material material(String cluster) {
        return made.contains(cluster) ? new Made(cluster) : Material.NOT_MADE;
    }

    @Override
    public synchronized void make(String cluster) {
        made.add(cluster);
    }

    @Override
    public synchronized Secret resolve(String cluster, Content.SecretRef reference) {
        if (!made.contains(cluster)) {
            throw new IllegalStateException("cluster " + cluster + " has no material");
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
        public int version(String name) {
            return 1;
        }

        @Override
        public Optional<SlotDigests> digests(
                HostId host, String slot, boolean secret, Content content) {
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
