package io.davit.controller.execute;

import io.davit.common.HostId;
import io.davit.controller.agentlink.CertificateDesk.CertificateRefusedException;
import io.davit.controller.plan.CertificateProfile;

/** Signs with a cluster's CA exactly what a profile says. */
public interface CertificateIssuer {

    /**
     * @param host for the audit record
     * @param csr PKCS#10, DER; only its public key and signature are read
     * @return leaf first, then the issuing CA; PEM
     * @throws CertificateRefusedException when the request is malformed or its key is not P-256
     */
    String issue(String cluster, HostId host, CertificateProfile profile, byte[] csr)
            throws CertificateRefusedException;
}
