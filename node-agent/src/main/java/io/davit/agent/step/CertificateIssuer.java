package io.davit.agent.step;

import java.io.IOException;
import java.time.Duration;

/** Who signs the keys made on this host: the controller, over the session. */
public interface CertificateIssuer {

    /**
     * Asks for a certificate for this running step and waits for the answer.
     *
     * @param csr PKCS#10, DER; only its key and signature are read
     * @return leaf first, then the issuing CA, PEM
     * @throws IOException if there is no session, or no answer within the deadline: worth another
     *     try
     * @throws RefusedException if the controller answered with an error
     */
    String request(String operationId, String stepId, int attempt, byte[] csr, Duration deadline)
            throws IOException, RefusedException, InterruptedException;

    /** The controller will not sign; its message says why. */
    final class RefusedException extends Exception {
        private static final long serialVersionUID = 1L;

        public RefusedException(String why) {
            super(why);
        }
    }
}
