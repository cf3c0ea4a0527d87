package io.davit.agent.main;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.davit.agent.link.Address;
import io.davit.agent.main.AgentConfig.ConfigException;
import io.davit.agent.main.AgentConfig.Source;
import java.nio.file.Path;
import java.util.List;
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
    void theControllersHostIsEnough() throws ConfigException {
        assertThat(parse("controller = a\n"))
                .isEqualTo(
                        new AgentConfig(
                                new Address("a", 7443),
                                new Address("a", 7444),
                                Path.of("/etc/davit/token")));
        assertThat(parse("controller = [2001:db8::1]\n").enrolment())
                .isEqualTo(new Address("2001:db8::1", 7444));
    }

    @Test
    void whereNobodyNamesTheControllerThereIsNothingYet() throws ConfigException {
        assertThat(AgentConfig.parse(List.of())).isEmpty();
        assertThat(AgentConfig.parse(List.of(new Source("a", "token-file = /t\n")))).isEmpty();
    }

    @Test
    void aLaterSourceReplacesTheKeysThatItHas() throws ConfigException {
        assertThat(
                        AgentConfig.parse(
                                List.of(
                                        new Source("a", "controller = a\ntoken-file = /t\n"),
                                        new Source("b", "controller = b\n"))))
                .contains(
                        new AgentConfig(
                                new Address("b", 7443), new Address("b", 7444), Path.of("/t")));
    }

    @Test
    void namesEverythingThatIsWrongWithItsLine() {
        assertThatThrownBy(() ->
                        parse(
                                """
                                controller = ctl:x
                                contoller = ctl:7443
                                what is this
                                token-file = token
                                token-file = /a
                                """))
                .hasMessage(
                        """
                        agent.conf:2: unknown key "contoller"; the keys are controller, enrolment, token-file
                        agent.conf:3: "what is this" is not `key = value`
                        agent.conf:5: token-file is set a second time, first at agent.conf:4; remove one
                        agent.conf:4: token-file: "token" is not an absolute path
                        agent.conf:1: controller: "ctl:x" has no port from 1 to 65535\
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
        return AgentConfig.parse(List.of(new Source("agent.conf", text))).orElseThrow();
    }
}
