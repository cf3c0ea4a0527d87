package io.davit.agent.profile;

/** A named place for a certificate and the key made for it on this host. */
public record CertificateSlot(
        String name,
        String certificatePath,
        int certificateMode,
        String keyPath,
        int keyMode,
        String keyOwner,
        String keyGroup) {

    static CertificateSlot of(String name, String base, String keyOwner, String keyGroup) {
        return new CertificateSlot(
                name, base + ".crt", 0644, base + ".key", 0600, keyOwner, keyGroup);
    }
}
