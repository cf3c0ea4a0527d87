package io.davit.controller.audit;

/**
 * Who does something.
 *
 * @param name identity from the certificate ("operator/anna", "host/3f…"), "root" on the local
 *     socket, or "controller"
 * @param access access level at that moment; empty where there is none
 * @param ip the peer's address; empty for the controller itself
 */
public record Actor(String name, String access, String ip) {

    /** The controller acting by itself. */
    public static Actor controller() {
        return new Actor("controller", "", "");
    }
}
