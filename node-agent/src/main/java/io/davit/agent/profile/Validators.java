package io.davit.agent.profile;

import io.davit.common.ConfigYaml;
import io.davit.common.Pem;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;

/** Judges of contents that several slots share. */
final class Validators {

    private static final Pattern K3S_TOKEN =
            Pattern.compile("K10[0-9a-f]{64}::(server|node):[A-Za-z0-9._~+/=-]{16,256}\n?");

    private static final Pattern PRIVATE_KEY =
            Pattern.compile(
                    "-----BEGIN ((EC |RSA )?PRIVATE KEY)-----\n[A-Za-z0-9+/=\n]+"
                            + "-----END \\1-----\n?");

    private Validators() {}

    /** Labels and taints in the form of k3s' configuration, and nothing else. */
    static void nodeMarks(byte[] content) {
        if (!Set.of("node-label", "node-taint").containsAll(configYaml(content).keySet())) {
            throw new IllegalArgumentException("only node-label and node-taint are allowed here");
        }
    }

    /** One or more PEM certificates. */
    static void certificates(byte[] content) {
        Pem.certificates(utf8(content));
    }

    /** One PEM private key in the forms that k3s reads; its value is never in the message. */
    static void privateKey(byte[] content) {
        if (!PRIVATE_KEY.matcher(utf8(content)).matches()) {
            throw new IllegalArgumentException("it is not one PEM private key");
        }
    }

    /** A K10 token with the CA's hash; the bare password would join anything. */
    static void k3sToken(byte[] content) {
        if (!K3S_TOKEN.matcher(utf8(content)).matches()) {
            throw new IllegalArgumentException(
                    "it is not of the form K10<sha256>::<server or node>:<password>");
        }
    }

    static Map<String, Object> configYaml(byte[] content) {
        return ConfigYaml.parse(utf8(content));
    }

    static String utf8(byte[] content) {
        try {
            return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(content)).toString();
        } catch (CharacterCodingException e) {
            throw new IllegalArgumentException("it is not UTF-8 text");
        }
    }
}
