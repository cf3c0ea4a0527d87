package io.davit.agent.profile;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

final class CatalogueTest {

    /** Names as they are on the wire, one a line; the controller's catalogue has the same list. */
    static TreeSet<String> names(Catalogue catalogue) {
        var names = new TreeSet<String>();
        for (Profile profile : catalogue.profiles()) {
            String role = profile.role();
            names.add(role);
            profile.artifacts().forEach(it -> names.add(role + " artifact " + it.name()));
            profile.packages().forEach(it -> names.add(role + " package " + it.name()));
            profile.slots()
                    .forEach(it ->
                            names.add(
                                    role + (it.secret() ? " secret-slot " : " slot ") + it.name()));
            profile.certificates().forEach(it -> names.add(role + " certificate " + it.name()));
            profile.actions().forEach(it -> names.add(role + " action " + it.name()));
            for (Probe probe : profile.probes()) {
                names.add(
                        role
                                + " probe "
                                + probe.name()
                                + new TreeSet<>(probe.arguments().keySet()));
            }
            profile.blobs().forEach(it -> names.add(role + " blob " + it.name()));
            profile.watched().forEach(it -> names.add(role + " watched " + it.name()));
            for (Unit unit : profile.units()) {
                names.add(role + " unit " + unit.name());
                unit.inputs().forEach(it -> names.add(role + " input " + unit.name() + " " + it));
                unit.parameters()
                        .forEach(it ->
                                names.add(role + " parameter " + unit.name() + " " + it.name()));
            }
        }
        return names;
    }

    @Test
    void theNamesAreThoseOfTheContract() throws IOException {
        try (var in = CatalogueTest.class.getResourceAsStream("/catalogue.txt")) {
            assertThat(in).isNotNull();
            String text = new String(in.readAllBytes(), StandardCharsets.UTF_8);
            assertThat(String.join("\n", names(Catalogue.compiledIn())) + "\n").isEqualTo(text);
        }
    }

    @Test
    void everyPathBelongsToOneSlotOfARoleAndEveryInputExists() {
        for (Profile profile : Catalogue.compiledIn().profiles()) {
            var paths = profile.slots().stream().map(Slot::path).toList();
            assertThat(paths).doesNotHaveDuplicates();
            for (Unit unit : profile.units()) {
                assertThat(unit.inputs())
                        .allMatch(name ->
                                profile.slot(name).isPresent()
                                        || profile.artifact(name).isPresent()
                                        || profile.certificate(name).isPresent());
            }
        }
    }

    @Test
    void whatIsWatchedNeedsNoArguments() {
        for (Profile profile : Catalogue.compiledIn().profiles()) {
            assertThat(profile.watched()).allMatch(probe -> probe.arguments().isEmpty());
        }
    }

    @Test
    void theServersUnitIsTheOneThatK3sInstallsItself() {
        Unit unit = Catalogue.compiledIn().profile("control-plane").orElseThrow().units().get(0);
        assertThat(unit.render(Map.of("users-anew", "true")))
                .contains("Type=notify\n")
                .contains("EnvironmentFile=-/etc/default/%N\n")
                .contains("KillMode=process\n")
                .contains("TimeoutStartSec=0\n")
                .contains("ExecStart=/usr/local/bin/k3s server\n")
                .doesNotContain("{{")
                .doesNotContain("PartOf=");
    }

    @Test
    void aServerTakesItsUsersAnewAtEachStartAndAnAgentHasNone() {
        String before = "ExecStartPre=-/bin/rm -f /var/lib/rancher/k3s/server/cred/passwd\n";
        Unit server = Catalogue.compiledIn().profile("control-plane").orElseThrow().units().get(0);
        assertThat(server.render(Map.of("users-anew", "true")))
                .contains(before + "ExecStart=/usr/local/bin/k3s server\n");
        assertThat(server.render(Map.of("users-anew", "false"))).doesNotContain("cred/passwd");
        Unit agent = Catalogue.compiledIn().profile("worker").orElseThrow().units().get(0);
        assertThat(agent.render(Map.of()))
                .contains("ExecStart=/usr/local/bin/k3s agent\n")
                .doesNotContain("cred/passwd")
                .doesNotContain("{{");
    }

    @Test
    void etcdsUnitAssertsItsDataOnlyOnceItHasJoined() {
        Unit unit = Catalogue.compiledIn().profile("etcd").orElseThrow().unit("etcd").orElseThrow();
        String dir = "abcd1234-" + "0".repeat(32);
        assertThat(unit.render(Map.of("data-dir", dir, "joined", "false")))
                .doesNotContain("Assert")
                .contains("StartLimitIntervalSec=0\n");
        assertThat(unit.render(Map.of("data-dir", dir, "joined", "true")))
                .contains("AssertPathExists=/var/lib/etcd/" + dir + "/member\n");
        for (var bad :
                List.of(
                        Map.of("data-dir", dir),
                        Map.of("data-dir", "../x", "joined", "true"),
                        Map.of("data-dir", dir, "joined", "true", "user", "root"))) {
            assertThatThrownBy(() -> unit.render(bad)).isInstanceOf(IllegalArgumentException.class);
        }
    }
}
