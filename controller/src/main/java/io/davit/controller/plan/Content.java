package io.davit.controller.plan;

import java.util.List;

/**
 * What a file is to hold: text, and references to things that no plan may carry. The executor puts
 * the referenced values in as it sends; a plan can be printed, stored and compared.
 */
public record Content(List<Part> parts) {

    public Content {
        parts = List.copyOf(parts);
    }

    public static Content text(String text) {
        return new Content(List.of(new Literal(text)));
    }

    public static Content of(Part... parts) {
        return new Content(List.of(parts));
    }

    /** A piece of a content. */
    public sealed interface Part {}

    /** Text as it stands. */
    public record Literal(String text) implements Part {}

    /**
     * The value of a piece of the cluster's material.
     *
     * @param name one of {@link MaterialNames}
     * @param version counts from 1; a rotated secret has a higher one
     */
    public record SecretRef(String name, int version) implements Part {}
}
