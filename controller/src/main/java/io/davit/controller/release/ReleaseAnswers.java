package io.davit.controller.release;

import java.util.ArrayList;
import java.util.Optional;
import java.util.TreeMap;
import java.util.TreeSet;
import tools.jackson.core.JacksonException;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * Reads what the K3s project's servers say of its releases. Both answers come from outside: what is
 * needed must have the right type and grammar, what is not needed is ignored.
 */
public final class ReleaseAnswers {

    private final JsonMapper mapper =
            JsonMapper.builder(
                            JsonFactory.builder()
                                    .streamReadConstraints(
                                            StreamReadConstraints.builder()
                                                    .maxNestingDepth(50)
                                                    .maxNameLength(1_000)
                                                    .build())
                                    .build())
                    .build();

    /** Makes a reader. */
    public ReleaseAnswers() {}

    /** The answer is not one of its kind. */
    public static final class BadAnswerException extends Exception {

        private static final long serialVersionUID = 1L;

        BadAnswerException(String message) {
            super(message);
        }
    }

    /**
     * The channel server's list: {@code {"data": [{"name": "stable", "latest": "v1.34.1+k3s1"}]}}.
     * A channel whose {@code latest} is missing or is no K3s version is left out: install.sh would
     * take such a word for a version and fail at the download.
     *
     * @see <a href="https://github.com/rancher/channelserver">channelserver's model</a>
     * @throws BadAnswerException if it is no such list, or no channel in it has a release
     */
    public KnownReleases channels(String json) throws BadAnswerException {
        var channels = new TreeMap<String, K3sVersion>();
        for (JsonNode entry : array(tree(json).path("data"), "a list of channels below \"data\"")) {
            String name = entry.path("name").asString("");
            var latest = version(entry.path("latest"));
            if (name.matches("[A-Za-z0-9._-]{1,64}") && latest.isPresent()) {
                channels.put(name, latest.get());
            }
        }
        if (channels.isEmpty()) {
            throw new BadAnswerException("no channel in it has a K3s version");
        }
        return KnownReleases.of(channels, channels.values());
    }

    /**
     * A page of GitHub's list of releases: {@code [{"tag_name": …, "draft": …, "prerelease": …}]}.
     * Drafts and tags of another grammar are left out.
     *
     * @see <a href="https://docs.github.com/en/rest/releases/releases#list-releases">its
     *     documentation</a>
     * @throws BadAnswerException if it is no such list
     */
    public KnownReleases page(String json) throws BadAnswerException {
        var versions = new TreeSet<K3sVersion>();
        var preReleases = new TreeSet<K3sVersion>();
        for (JsonNode entry : array(tree(json), "a list of releases")) {
            var version = version(entry.path("tag_name"));
            if (version.isPresent() && !entry.path("draft").asBoolean(false)) {
                boolean pre =
                        entry.path("prerelease").asBoolean(false)
                                || !version.get().preRelease().isEmpty();
                (pre ? preReleases : versions).add(version.get());
            }
        }
        return new KnownReleases(new TreeMap<>(), versions, preReleases);
    }

    private JsonNode tree(String json) throws BadAnswerException {
        try {
            return mapper.readTree(json);
        } catch (JacksonException e) {
            throw new BadAnswerException("it is no JSON: " + e.getOriginalMessage());
        }
    }

    private static Iterable<JsonNode> array(JsonNode node, String wanted)
            throws BadAnswerException {
        if (!node.isArray()) {
            throw new BadAnswerException("it is not " + wanted);
        }
        var entries = new ArrayList<JsonNode>();
        node.forEach(entries::add);
        return entries;
    }

    private static Optional<K3sVersion> version(JsonNode node) {
        return node.isString() ? K3sVersion.parse(node.stringValue()) : Optional.empty();
    }
}
