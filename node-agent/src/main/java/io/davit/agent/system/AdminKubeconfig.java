package io.davit.agent.system;

import io.davit.common.Pem;
import io.davit.common.Secret;
import java.io.IOException;
import java.io.StringReader;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.util.Base64;
import java.util.regex.Pattern;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;
import org.bouncycastle.asn1.pkcs.PrivateKeyInfo;
import org.bouncycastle.openssl.PEMKeyPair;
import org.bouncycastle.openssl.PEMParser;
import org.bouncycastle.openssl.jcajce.JcaPEMKeyConverter;

/**
 * The kubeconfig that k3s writes: one cluster, one user, everything in the file. Its form is fixed
 * by the template that k3s fills, so the four values are taken by their names, and the file is
 * refused where one of them is missing or there twice.
 *
 * @param server "https://127.0.0.1:6443"; never another host
 * @param keyPem SEC 1 or PKCS#8
 */
record AdminKubeconfig(String server, String caPem, String certificatePem, Secret keyPem) {

    private static final Pattern SERVER =
            Pattern.compile("https://(127\\.0\\.0\\.1|\\[::1]|localhost):[1-9][0-9]{0,4}");

    /**
     * Reads it.
     *
     * @throws IOException if it is not such a file
     */
    static AdminKubeconfig read(String yaml) throws IOException {
        String server = value(yaml, "server");
        if (!SERVER.matcher(server).matches()) {
            throw new IOException(
                    "%s names the server \"%s\", which is not this host"
                            .formatted(LoopbackKubeApi.KUBECONFIG, Printable.line(server, 100)));
        }
        return new AdminKubeconfig(
                server,
                decoded(yaml, "certificate-authority-data"),
                decoded(yaml, "client-certificate-data"),
                Secret.ofText(decoded(yaml, "client-key-data")));
    }

    private static String value(String yaml, String key) throws IOException {
        var found =
                yaml.lines()
                        .map(String::strip)
                        .filter(line -> line.startsWith(key + ": "))
                        .map(line -> line.substring(key.length() + 2).strip())
                        .toList();
        if (found.size() != 1) {
            throw new IOException(
                    "%s has %d values of %s, not one"
                            .formatted(LoopbackKubeApi.KUBECONFIG, found.size(), key));
        }
        return found.getFirst();
    }

    private static String decoded(String yaml, String key) throws IOException {
        try {
            return new String(
                    Base64.getDecoder().decode(value(yaml, key)), StandardCharsets.US_ASCII);
        } catch (IllegalArgumentException e) {
            throw new IOException(
                    "%s holds no base64 in %s".formatted(LoopbackKubeApi.KUBECONFIG, key), e);
        }
    }

    /**
     * TLS as this user, trusting this CA only.
     *
     * @throws IllegalArgumentException if a certificate or the key cannot be read
     */
    SSLContext tls() throws GeneralSecurityException, IOException {
        var trusted = KeyStore.getInstance(KeyStore.getDefaultType());
        trusted.load(null, null);
        int number = 0;
        for (X509Certificate ca : Pem.certificates(caPem)) {
            trusted.setCertificateEntry("ca" + number++, ca);
        }
        var trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        trust.init(trusted);
        var own = KeyStore.getInstance(KeyStore.getDefaultType());
        own.load(null, null);
        own.setKeyEntry(
                "admin",
                key(),
                new char[0],
                Pem.certificates(certificatePem).toArray(X509Certificate[]::new));
        var keys = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
        keys.init(own, new char[0]);
        var context = SSLContext.getInstance("TLS");
        context.init(keys.getKeyManagers(), trust.getTrustManagers(), null);
        return context;
    }

    private PrivateKey key() throws IOException {
        try (var parser = new PEMParser(new StringReader(keyPem.revealText()))) {
            Object read = parser.readObject();
            while (read != null) {
                if (read instanceof PEMKeyPair pair) {
                    return new JcaPEMKeyConverter().getPrivateKey(pair.getPrivateKeyInfo());
                }
                if (read instanceof PrivateKeyInfo info) {
                    return new JcaPEMKeyConverter().getPrivateKey(info);
                }
                read = parser.readObject(); // "EC PARAMETERS", which openssl writes first
            }
            throw new IllegalArgumentException("client-key-data holds no private key");
        }
    }
}
