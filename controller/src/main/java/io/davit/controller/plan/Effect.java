package io.davit.controller.plan;

/**
 * What a step does to a running service; the approved envelope of an operation is made of these.
 */
public enum Effect {
    /** No service notices. */
    NONE,
    START,
    /** It reads its files anew and goes on; connections stay. */
    RELOAD,
    RESTART,
    STOP,
    /** Data or an identity goes; such a step names immutable ids. */
    DESTROY;

    /** As shown: "restart". */
    public String text() {
        return name().toLowerCase(java.util.Locale.ROOT);
    }
}
