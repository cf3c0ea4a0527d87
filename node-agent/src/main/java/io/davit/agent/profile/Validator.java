package io.davit.agent.profile;

/** Own judgement of a slot's content; the last one before a service reads it. */
@FunctionalInterface
public interface Validator {

    /**
     * @throws IllegalArgumentException if the content must not be written, with the place and the
     *     value in the message
     */
    void validate(byte[] content);
}
