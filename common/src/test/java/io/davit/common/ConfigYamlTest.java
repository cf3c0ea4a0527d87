package io.davit.common;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

class ConfigYamlTest {

    @Test
    void rendersScalarsListsAndSections() {
        var document = new LinkedHashMap<String, Object>();
        document.put("name", "e1");
        document.put("heartbeat-interval", 100);
        document.put("tls-san", List.of("api.example.test", "say \"hi\" \\ #: yes"));
        document.put("disable", List.of());
        document.put(
                "peer-transport-security", new LinkedHashMap<>(Map.of("client-cert-auth", true)));
        assertThat(ConfigYaml.render(document))
                .isEqualTo(
                        """
                        name: "e1"
                        heartbeat-interval: 100
                        tls-san:
                          - "api.example.test"
                          - "say \\"hi\\" \\\\ #: yes"
                        disable: []
                        peer-transport-security:
                          client-cert-auth: true
                        """);
    }

    @Test
    void readsBackWhatItWrote() {
        long seed = System.nanoTime();
        var random = new Random(seed);
        for (int i = 0; i < 2_000; i++) {
            var document = document(random);
            assertThat(ConfigYaml.parse(ConfigYaml.render(document)))
                    .as("seed %d, document %d", seed, i)
                    .isEqualTo(document);
        }
        System.out.println("config yaml: 2000 documents read back, seed " + seed);
    }

    private static Map<String, Object> document(Random random) {
        var document = new LinkedHashMap<String, Object>();
        for (int k = random.nextInt(6); k > 0; k--) {
            document.put(
                    "key-" + k,
                    switch (random.nextInt(5)) {
                        case 0 -> text(random);
                        case 1 -> (long) random.nextInt();
                        case 2 -> random.nextBoolean();
                        case 3 -> {
                            var list = new ArrayList<String>();
                            for (int n = random.nextInt(4); n > 0; n--) {
                                list.add(text(random));
                            }
                            yield list;
                        }
                        default ->
                                new LinkedHashMap<String, Object>(
                                        Map.of("inner", text(random), "n", 4L));
                    });
        }
        return document;
    }

    private static String text(Random random) {
        String alphabet = "ab \"\\:#-[]{}!&*'%@`,ö✓~0true";
        var text = new StringBuilder();
        for (int n = random.nextInt(8); n > 0; n--) {
            text.append(alphabet.charAt(random.nextInt(alphabet.length())));
        }
        return text.toString();
    }

    @Test
    void refusesWhatCouldBecomeAnotherLine() {
        assertThatThrownBy(() -> ConfigYaml.render(Map.of("name", "a\ntoken: b")))
                .hasMessageContaining("control characters");
        assertThatThrownBy(() -> ConfigYaml.render(Map.of("na me", "a")))
                .hasMessageContaining("cannot write key");
    }

    @Test
    void readsNothingElse() {
        for (String bad :
                List.of(
                        "name: e1",
                        "name:\"e1\"",
                        " name: 1",
                        "a: 1\na: 2",
                        "- \"x\"",
                        "a: [1]",
                        "a: \"x\" # c",
                        "a: \"\\n\"",
                        "a:\n   b: 1",
                        "a: &x 1")) {
            assertThatThrownBy(() -> ConfigYaml.parse(bad))
                    .as(bad)
                    .isInstanceOf(IllegalArgumentException.class);
        }
    }
}
