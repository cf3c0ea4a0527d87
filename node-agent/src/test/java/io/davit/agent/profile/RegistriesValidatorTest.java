package io.davit.agent.profile;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RegistriesValidatorTest {

    private static final String GOOD =
            """
            mirrors:
              "*":
                endpoint:
                  - "https://mirror.example.test:5000"
              "docker.io":
                endpoint: []
                rewrite:
                  "^library/(.*)": "hub/$1"
            configs:
              "mirror.example.test:5000":
                tls:
                  ca_file: "/etc/ssl/mirror.pem"
                  insecure_skip_verify: false
            """;

    private static void validate(String text) {
        new RegistriesValidator().validate(text.getBytes(StandardCharsets.UTF_8));
    }

    @Test
    void whatDavitWritesIsAccepted() {
        assertThatCode(() -> validate(GOOD)).doesNotThrowAnyException();
        assertThatCode(() -> validate("{}\n")).doesNotThrowAnyException();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "    auth:",
                "      password: \"x\"",
                "      ca_file: \"relative\"",
                "      - \"file:///etc/passwd\"",
                "other:",
                "  \"a b\":",
                "  &anchor",
                "      \"a\": \"b\" # no comment",
            })
    void anythingElseIsRefusedWithItsLine(String line) {
        assertThatThrownBy(() -> validate(GOOD + line + "\n"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("line 14");
    }
}
