package io.davit.controller.plan;

import io.davit.common.Digests;
import io.davit.common.HostId;
import io.davit.common.RestartInputs;
import io.davit.common.Secret;
import java.nio.charset.StandardCharsets;
import java.util.Optional;

/**
 * A look-up that lets a plan compare what it may not carry. Pure: same question, same answer. While
 * the cluster has no material yet, every answer about it is empty and the content counts as "made
 * at apply".
 */
public interface Material {

    /** The cluster's CAs, keys and passwords exist. */
    boolean made();

    /** The token that workers join with; {@link AgentToken#FIRST} before it is made. */
    AgentToken agentToken();

    /**
     * The version of a piece of material that contents are to refer to now. Only the agent token's
     * password ever has another one than the first.
     */
    default int version(String name) {
        return name.equals(MaterialNames.K3S_AGENT_PASSWORD) ? agentToken().version() : 1;
    }

    /**
     * The digests that a host would report for a slot with this content.
     *
     * @return empty when the content refers to material that is not made yet
     */
    Optional<SlotDigests> digests(HostId host, String slot, boolean secret, Content content);

    /**
     * SHA-256, lower-case hex, of an issuing CA certificate's DER; empty when it is not made yet.
     */
    Optional<String> issuerSha256(String issuer);

    /**
     * As in the inventory.
     *
     * @param digest sha256, or for a secret slot the HMAC with that host's inventory key
     * @param restartDigest of the part that a running service read at its start
     */
    record SlotDigests(String digest, String restartDigest) {}

    /**
     * The digests of these bytes in this slot.
     *
     * @param inventoryKey of the host; present exactly for a secret slot
     */
    static SlotDigests digestsOf(String slot, byte[] content, Optional<Secret> inventoryKey) {
        byte[] atStart = RestartInputs.of(slot, content);
        return inventoryKey
                .map(key ->
                        new SlotDigests(
                                Digests.hmacHex(key, content), Digests.hmacHex(key, atStart)))
                .orElseGet(() ->
                        new SlotDigests(Digests.sha256Hex(content), Digests.sha256Hex(atStart)));
    }

    /** The bytes of a content that refers to nothing. */
    static Optional<byte[]> literals(Content content) {
        var text = new StringBuilder();
        for (Content.Part part : content.parts()) {
            switch (part) {
                case Content.Literal literal -> text.append(literal.text());
                case Content.SecretRef _ -> {
                    return Optional.empty();
                }
            }
        }
        return Optional.of(text.toString().getBytes(StandardCharsets.UTF_8));
    }

    /** The look-up of a cluster that does not exist yet. */
    Material NOT_MADE =
            new Material() {
                @Override
                public boolean made() {
                    return false;
                }

                @Override
                public AgentToken agentToken() {
                    return AgentToken.FIRST;
                }

                @Override
                public Optional<SlotDigests> digests(
                        HostId host, String slot, boolean secret, Content content) {
                    return literals(content)
                            .filter(_ -> !secret)
                            .map(bytes -> digestsOf(slot, bytes, Optional.empty()));
                }

                @Override
                public Optional<String> issuerSha256(String issuer) {
                    return Optional.empty();
                }
            };
}
