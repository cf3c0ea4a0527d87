package io.davit.controller.role;

import static io.davit.common.ConfigYaml.quoted;

import io.davit.controller.plan.Content;
import io.davit.controller.plan.HostWork;
import io.davit.controller.plan.SlotPlace;
import io.davit.controller.spec.ClusterSpec.Registries;
import java.util.List;
import java.util.Map;

/**
 * The text of /etc/rancher/k3s/registries.yaml, on every node that pulls images.
 *
 * @see <a href="https://docs.k3s.io/installation/private-registry">private registry</a>
 */
public final class RegistriesConfig {

    private RegistriesConfig() {}

    /** Drafts the file where a spec has registries, or had some once. */
    public static void draft(HostWork work, String role, Registries registries) {
        var place = SlotPlace.open(role + ".registries", "0600", "root", "root");
        if (!registries.isEmpty() || work.has(place)) {
            work.file(place, Content.text(render(registries)), true);
        }
    }

    static String render(Registries registries) {
        if (registries.isEmpty()) {
            return "{}\n";
        }
        var text = new StringBuilder();
        if (!registries.mirrors().isEmpty()) {
            text.append("mirrors:\n");
        }
        registries
                .mirrors()
                .forEach((name, mirror) -> {
                    text.append("  ").append(quoted(name)).append(":\n");
                    list(text, "endpoint", mirror.endpoints());
                    map(text, "rewrite", mirror.rewrites());
                });
        if (!registries.tls().isEmpty()) {
            text.append("configs:\n");
        }
        registries
                .tls()
                .forEach((name, tls) -> {
                    text.append("  ").append(quoted(name)).append(":\n    tls:\n");
                    tls.caFile()
                            .ifPresent(file ->
                                    text.append("      ca_file: ")
                                            .append(quoted(file))
                                            .append('\n'));
                    text.append("      insecure_skip_verify: ")
                            .append(tls.insecureSkipVerify())
                            .append('\n');
                });
        return text.toString();
    }

    private static void list(StringBuilder text, String key, List<String> values) {
        text.append("    ").append(key).append(values.isEmpty() ? ": []\n" : ":\n");
        values.forEach(value -> text.append("      - ").append(quoted(value)).append('\n'));
    }

    private static void map(StringBuilder text, String key, Map<String, String> values) {
        if (!values.isEmpty()) {
            text.append("    ").append(key).append(":\n");
            values.forEach((from, to) ->
                    text.append("      ")
                            .append(quoted(from))
                            .append(": ")
                            .append(quoted(to))
                            .append('\n'));
        }
    }
}
