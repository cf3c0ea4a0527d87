package io.davit.controller.plan;

import java.time.Duration;
import java.util.List;

/**
 * What a certificate must say. The controller signs exactly this, whatever a request asks for.
 *
 * @param issuer name of the cluster's CA: "etcd", "etcd-peer" or "k3s-client"
 * @param issuerSha256 of the CA certificate's DER; the output of the step that makes the material
 *     where it does not exist yet
 * @param extendedKeyUsages "serverAuth", "clientAuth"
 * @param minRemaining a certificate with less time left is made anew
 */
public record CertificateProfile(
        String issuer,
        Ref issuerSha256,
        String commonName,
        List<String> dnsNames,
        List<String> ipAddresses,
        List<String> extendedKeyUsages,
        Duration minRemaining) {

    public CertificateProfile {
        dnsNames = List.copyOf(dnsNames);
        ipAddresses = List.copyOf(ipAddresses);
        extendedKeyUsages = List.copyOf(extendedKeyUsages);
    }
}
