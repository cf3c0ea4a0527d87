package io.davit.agent.observe;

import io.davit.agent.profile.Slot;
import io.davit.common.Digests;
import io.davit.common.RestartInputs;
import io.davit.common.Secret;
import java.util.Optional;

/**
 * Digests of slot contents: SHA-256, of secret slots HMAC-SHA-256 under a key of this host, so that
 * an inventory is no help in guessing.
 */
public record SlotDigests(Optional<Secret> key) {

    /** Empty for a secret slot while there is no key. */
    public Optional<String> digest(Slot slot, byte[] content) {
        return slot.secret()
                ? key.map(secret -> Digests.hmacHex(secret, content))
                : Optional.of(Digests.sha256Hex(content));
    }

    /** Digest of what a running service read of it at its start. */
    public Optional<String> restartDigest(Slot slot, byte[] content) {
        return digest(slot, RestartInputs.of(slot.name(), content));
    }
}
