package io.davit.agent.main;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.davit.agent.link.Address;
import io.davit.agent.main.AgentConfig.ConfigException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

final class AgentConfigTest {

    @Test
    void readsWhatTheInstallerWrites() throws ConfigException {
        assertThat(
                        parse(
                                """
                                # where the controller is
                                controller = ctl.example.test:7443
                                enrolment=[2001:db8::1]:7444

                                token-file = /run/token
                                """))
                .isEqualTo(
                        new AgentConfig(
                                new Address("ctl.example.test", 7443),
                                new Address("2001:db8::1", 7444),
                                Path.of("/run/token")));
    }

    @Test
    void theTokenFileHasADefault() throws ConfigException {
        assertThat(parse("controller = a:1\nenrolment = a:2\n").tokenFile())
                .isEqualTo(Path.of("/etc/davit/token"));
    }

    @Test
    void namesEverythingThatIsWrongWithItsLine() {
        assertThatThrownBy(() ->
                        parse(
                                """
                                controller = ctl
                                contoller = ctl:7443
                                what is this
                                token-file = token
                                token-file = /a
                                """))
                .hasMessage(
                        """
                        agent.conf:2: unknown key "contoller"; the keys are controller, enrolment, token-file
                        agent.conf:3: "what is this" is not `key = value`
                        agent.conf:5: token-file is set a second time, first in line 4; remove one
                        agent.conf:1: controller: "ctl" is not host:port
                        agent.conf: enrolment is missing; add a line `enrolment = HOST:7444`
                        agent.conf:4: token-file: "token" is not an absolute path\
                        """);
    }

    @Test
    void refusesWhatIsNoAddress() {
        for (String wrong :
                new String[] {
                    "a:0",
                    "a:65536",
                    "a:",
                    ":7443",
                    "a b:1",
                    "-a:1",
                    "[::1:1",
                    "::1:1",
                    "a:1x",
                    "A:1",
                    "\u001b[31m:1"
                }) {
            assertThatThrownBy(() -> Address.parse(wrong))
                    .as(wrong)
                    .isInstanceOf(IllegalArgumentException.class)
                    .message()
                    .doesNotContain("\u001b");
        }
    }

    private static AgentConfig parse(String text) throws ConfigException {
        return AgentConfig.parse("agent.conf", text);
    }
}
