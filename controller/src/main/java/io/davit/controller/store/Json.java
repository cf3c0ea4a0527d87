package io.davit.controller.store;

import tools.jackson.core.JacksonException;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.SerializationFeature;
import tools.jackson.databind.json.JsonMapper;

/**
 * Records to JSON text and back, strictly: an unknown, missing or doubled field is an error, since
 * a document that is half understood would be written back half.
 */
public final class Json {

    private static final int LONGEST_STRING = 8 << 20;

    private final JsonMapper mapper =
            JsonMapper.builder(
                            JsonFactory.builder()
                                    .streamReadConstraints(
                                            StreamReadConstraints.builder()
                                                    .maxNestingDepth(50)
                                                    .maxStringLength(LONGEST_STRING)
                                                    .build())
                                    .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
                                    .build())
                    .annotationIntrospector(new SealedChoices())
                    .enable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
                    .enable(DeserializationFeature.FAIL_ON_READING_DUP_TREE_KEY)
                    .enable(DeserializationFeature.FAIL_ON_NULL_FOR_PRIMITIVES)
                    .enable(DeserializationFeature.FAIL_ON_MISSING_CREATOR_PROPERTIES)
                    .enable(DeserializationFeature.FAIL_ON_NULL_CREATOR_PROPERTIES)
                    .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
                    .enable(SerializationFeature.ORDER_MAP_ENTRIES_BY_KEYS)
                    .annotationIntrospector(new SealedTypes())
                    .build();

    /** The one strict mapper. */
    public Json() {}

    /** The value as JSON text on one line. */
    public String write(Object value) {
        return mapper.writeValueAsString(value);
    }

    /**
     * Reads a value of the given type.
     *
     * @throws StoreException if the text is not exactly such a value
     */
    public <T> T read(String text, Class<T> type, String where) {
        try {
            return mapper.readValue(text, type);
        } catch (JacksonException e) {
            throw new StoreException(
                    "cannot read %s as %s: %s"
                            .formatted(where, type.getSimpleName(), e.getOriginalMessage()),
                    e);
        }
    }

    /**
     * The number under {@code format}, whatever else stands there; 0 if there is none.
     *
     * @throws StoreException if the text is not JSON
     */
    public int format(String text) {
        try {
            return mapper.readTree(text).path("format").asInt(0);
        } catch (JacksonException e) {
            throw new StoreException("cannot read JSON: " + e.getOriginalMessage(), e);
        }
    }
}
