package io.davit.controller.agentlink;

import io.davit.common.HostId;

/** Answers a certificate request that came over a host's session. */
public interface CertificateDesk {

    /**
     * Signs the request's public key with the profile that is stored for this operation, step and
     * host.
     *
     * @param from whose session it came over, never what a message says
     * @param csr PKCS#10, DER; only its public key and signature are read
     * @return leaf first, then the issuing CA; PEM
     * @throws CertificateRefusedException unless exactly this step runs on exactly this host now
     */
    String sign(HostId from, String operationId, String stepId, byte[] csr)
            throws CertificateRefusedException;

    /** Why nothing was signed; the message may be shown to the host. */
    class CertificateRefusedException extends Exception {

        private static final long serialVersionUID = 1L;

        public CertificateRefusedException(String why) {
            super(why);
        }
    }

    /**
     * Nothing is known of such a step: it has ended, or the controller has started anew since it
     * sent it. The host is to end the step; if it is still wanted, it is sent again.
     */
    final class StepUnknownException extends CertificateRefusedException {

        private static final long serialVersionUID = 1L;

        public StepUnknownException(String why) {
            super(why);
        }
    }
}
