package io.davit.agent.profile;

import static org.assertj.core.api.Assertions.assertThat;

import io.davit.agent.main.AgentPlaces;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** The hosts' half of docs/reference/ports-and-paths.md. CONTRIBUTING.md says how it is written. */
final class HostPlacesTest {

    private static final Path REFERENCE = Path.of("../docs/reference/ports-and-paths.md");

    private final StringBuilder page = new StringBuilder();

    @Test
    void theReferenceHasWhatEveryProfileBrings() throws IOException {
        page.append("### Of the agent itself\n\n| path | what |\n|---|---|\n");
        AgentPlaces.all()
                .forEach((path, what) -> page.append("| `%s` | %s |\n".formatted(path, what)));
        Catalogue.compiledIn().profiles().stream()
                .filter(profile -> !profile.role().equals("host"))
                .forEach(this::role);
        String text = Files.readString(REFERENCE);
        String begin = "<!-- host -->\n";
        int from = text.indexOf(begin) + begin.length();
        String wanted =
                text.substring(0, from) + page + text.substring(text.indexOf("<!-- end -->", from));
        if (Boolean.getBoolean("davit.write-reference")) {
            Files.writeString(REFERENCE, wanted);
        }
        assertThat(REFERENCE).content().isEqualTo(wanted);
    }

    private void role(Profile profile) {
        page.append("\n### Role ").append(profile.role()).append("\n\n");
        list(
                "TCP ports",
                profile.ports().stream()
                        .map(port -> port.number() + (port.loopback() ? " (loopback)" : ""))
                        .toList());
        list("Units", profile.units().stream().map(Unit::serviceName).toList());
        list("Packages of the OS", profile.packages().stream().map(OsPackage::name).toList());
        list("Users", profile.users().stream().map(SystemUser::name).toList());
        list("Kernel modules", profile.modules());
        page.append("\n| path | what | mode, owner |\n|---|---|---|\n");
        for (Directory directory : profile.directories()) {
            row(
                    directory.path() + "/",
                    directory.data() ? "data" : "directory",
                    directory.mode(),
                    directory.owner() + ":" + directory.group());
        }
        for (Slot slot : profile.slots()) {
            row(
                    slot.path(),
                    slot.name() + (slot.secret() ? ", secret" : ""),
                    slot.mode(),
                    slot.owner() + ":" + slot.group());
        }
        for (CertificateSlot slot : profile.certificates()) {
            row(slot.certificatePath(), slot.name(), slot.certificateMode(), "");
            row(
                    slot.keyPath(),
                    slot.name() + ", key",
                    slot.keyMode(),
                    slot.keyOwner() + ":" + slot.keyGroup());
        }
        for (Unit unit : profile.units()) {
            row(unit.path(), "unit " + unit.name(), 0644, "root:root");
            unit.unseenServers()
                    .ifPresent(unseen ->
                            row(
                                    unseen.file(),
                                    "what " + unit.name() + " is told at a reload",
                                    0644,
                                    "root:root"));
        }
    }

    private void list(String what, List<String> values) {
        if (!values.isEmpty()) {
            page.append("- ")
                    .append(what)
                    .append(": ")
                    .append(
                            values.stream()
                                    .map(value -> "`" + value + "`")
                                    .collect(Collectors.joining(", ")))
                    .append('\n');
        }
    }

    private void row(String path, String what, int mode, String owner) {
        page.append(
                "| `%s` | %s | %s |\n"
                        .formatted(path, what, "%04o %s".formatted(mode, owner).strip()));
    }
}
