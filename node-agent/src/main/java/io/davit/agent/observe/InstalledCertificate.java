package io.davit.agent.observe;

import io.davit.agent.profile.CertificateSlot;
import io.davit.agent.system.FileStatus;
import io.davit.common.Digests;
import io.davit.common.Keys;
import io.davit.common.Pem;
import io.davit.common.Secret;
import io.davit.proto.agent.v1.CertificateState;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.PrivateKey;
import java.security.cert.CertificateParsingException;
import java.security.cert.X509Certificate;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.TreeSet;
import javax.naming.InvalidNameException;
import javax.naming.ldap.LdapName;

/** Reads a certificate slot: a file with leaf and issuing CA, and the key beside it. */
public final class InstalledCertificate {

    private static final int LIMIT = 64 * 1024;
    private static final String SERVER_AUTH = "1.3.6.1.5.5.7.3.1";
    private static final String CLIENT_AUTH = "1.3.6.1.5.5.7.3.2";
    private static final int DNS_NAME = 2;
    private static final int IP_ADDRESS = 7;

    private InstalledCertificate() {}

    static Optional<CertificateState> read(CertificateSlot slot, ReadOnlyHost host)
            throws IOException {
        var file = host.status(slot.certificatePath());
        if (file.isEmpty() || !file.get().isFile()) {
            return Optional.empty();
        }
        try {
            var chain =
                    Pem.certificates(
                            new String(
                                    host.read(slot.certificatePath(), LIMIT),
                                    StandardCharsets.UTF_8));
            return Optional.of(
                    describe(slot.name(), chain).toBuilder()
                            .setKeyMatches(keyMatches(slot, chain.getFirst(), host))
                            .build());
        } catch (IllegalArgumentException e) {
            return Optional.of(CertificateState.newBuilder().setSlot(slot.name()).build());
        }
    }

    /** What a chain says; the issuer is empty unless the second certificate signed the first. */
    public static CertificateState describe(String slot, List<X509Certificate> chain) {
        X509Certificate leaf = chain.getFirst();
        var state = CertificateState.newBuilder().setSlot(slot);
        try {
            state.setSha256(Digests.sha256Hex(leaf.getEncoded()));
            state.setNotAfterMs(leaf.getNotAfter().getTime());
            state.setCommonName(commonName(leaf));
            if (chain.size() > 1 && signed(leaf, chain.get(1))) {
                state.setIssuerSha256(Digests.sha256Hex(chain.get(1).getEncoded()));
            }
            addNames(leaf, state);
            for (String usage :
                    leaf.getExtendedKeyUsage() == null
                            ? List.<String>of()
                            : leaf.getExtendedKeyUsage()) {
                state.addExtendedKeyUsages(
                        switch (usage) {
                            case SERVER_AUTH -> "serverAuth";
                            case CLIENT_AUTH -> "clientAuth";
                            default -> usage;
                        });
            }
        } catch (GeneralSecurityException e) {
            throw new IllegalArgumentException("cannot read certificate: " + e.getMessage(), e);
        }
        return state.build();
    }

    private static void addNames(X509Certificate leaf, CertificateState.Builder state)
            throws CertificateParsingException {
        Collection<List<?>> names = leaf.getSubjectAlternativeNames();
        if (names == null) {
            return;
        }
        var dns = new TreeSet<String>();
        var addresses = new TreeSet<String>();
        for (List<?> name : names) {
            if (name.get(0) instanceof Integer type && name.get(1) instanceof String text) {
                if (type == DNS_NAME) {
                    dns.add(text);
                } else if (type == IP_ADDRESS) {
                    addresses.add(canonical(text));
                }
            }
        }
        state.addAllDnsNames(dns);
        state.addAllIpAddresses(addresses);
    }

    /** One spelling for each address, so that sets of them can be compared. */
    public static String canonical(String address) {
        try {
            return InetAddress.ofLiteral(address).getHostAddress();
        } catch (IllegalArgumentException e) {
            return address;
        }
    }

    private static String commonName(X509Certificate leaf) {
        try {
            for (var part : new LdapName(leaf.getSubjectX500Principal().getName()).getRdns()) {
                if (part.getType().equalsIgnoreCase("CN")) {
                    return part.getValue().toString();
                }
            }
        } catch (InvalidNameException e) {
            return "";
        }
        return "";
    }

    private static boolean signed(X509Certificate leaf, X509Certificate issuer) {
        try {
            leaf.verify(issuer.getPublicKey());
            return true;
        } catch (GeneralSecurityException e) {
            return false;
        }
    }

    private static boolean keyMatches(CertificateSlot slot, X509Certificate leaf, ReadOnlyHost host)
            throws IOException {
        Optional<FileStatus> key = host.status(slot.keyPath());
        Optional<FileStatus> certificate = host.status(slot.certificatePath());
        if (key.isEmpty()
                || !key.get().isFile()
                || key.get().mode() != slot.keyMode()
                || !host.ownedBy(key.get(), slot.keyOwner(), slot.keyGroup())
                || certificate.isEmpty()
                || certificate.get().mode() != slot.certificateMode()) {
            return false;
        }
        try {
            PrivateKey secret = Pem.ecPrivateKey(Secret.of(host.read(slot.keyPath(), LIMIT)));
            byte[] message = leaf.getPublicKey().getEncoded();
            return Keys.verify(leaf.getPublicKey(), message, Keys.sign(secret, message));
        } catch (IllegalArgumentException | IllegalStateException e) {
            return false;
        }
    }
}
