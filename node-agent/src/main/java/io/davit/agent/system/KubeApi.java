package io.davit.agent.system;

import java.io.IOException;
import java.time.Duration;

/** The Kubernetes API of the k3s server on this host, asked as its admin. */
public interface KubeApi {

    /** For a JSON body that replaces or creates. */
    String JSON = "application/json";

    /** For a JSON body that changes only what it names (RFC 7386). */
    String MERGE_PATCH = "application/merge-patch+json";

    /**
     * What is asked.
     *
     * @param method "GET", "POST", "PUT", "PATCH", "DELETE"
     * @param path absolute, with its query, encoded: "/api/v1/nodes/w1"
     * @param contentType of the body; empty: there is none
     */
    record Request(String method, String path, String contentType, String body) {

        public static Request get(String path) {
            return new Request("GET", path, "", "");
        }
    }

    /**
     * What was answered, whatever its status.
     *
     * @param status of HTTP
     */
    record Answer(int status, String body) {

        public boolean ok() {
            return status >= 200 && status < 300;
        }
    }

    /**
     * Asks once.
     *
     * @throws IOException with a reason for people if there is no whole answer within the deadline:
     *     k3s has no admin credential yet, nothing listens, the certificate is not its CA's
     */
    Answer send(Request request, Duration deadline) throws IOException, InterruptedException;
}
