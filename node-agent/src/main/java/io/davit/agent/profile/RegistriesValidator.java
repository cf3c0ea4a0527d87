package io.davit.agent.profile;

import java.util.List;
import java.util.regex.Pattern;

/**
 * k3s' registries.yaml in the one form that Davit writes: mirrors with endpoints and rewrites, and
 * how a registry's certificate is judged. Credentials are not among it.
 */
final class RegistriesValidator implements Validator {

    private static final String TEXT = "\"([^\"\\\\]|\\\\[\"\\\\])*\"";

    /** What a line may be, whichever stands above it. */
    private static final List<Pattern> LINES =
            List.of(
                    Pattern.compile("(mirrors|configs):"),
                    Pattern.compile("  \"(\\*|[A-Za-z0-9.-]+(:[0-9]{1,5})?)\":"),
                    Pattern.compile("    (endpoint|rewrite|tls):"),
                    Pattern.compile("    endpoint: \\[]"),
                    Pattern.compile(
                            "      -"
                                + " \"https?://[A-Za-z0-9.-]+(:[0-9]{1,5})?(/[A-Za-z0-9._~/-]*)?\""),
                    Pattern.compile("      " + TEXT + ": " + TEXT),
                    Pattern.compile("      ca_file: \"/[A-Za-z0-9._/-]+\""),
                    Pattern.compile("      insecure_skip_verify: (true|false)"));

    @Override
    public void validate(byte[] content) {
        String text = Validators.utf8(content);
        if (text.equals("{}\n")) {
            return;
        }
        int number = 0;
        for (String line : text.split("\n", -1)) {
            number++;
            if (!line.isEmpty() && LINES.stream().noneMatch(p -> p.matcher(line).matches())) {
                throw new IllegalArgumentException(
                        "line " + number + " is nothing that Davit writes there");
            }
        }
    }
}
