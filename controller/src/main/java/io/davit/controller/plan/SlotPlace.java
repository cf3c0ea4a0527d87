package io.davit.controller.plan;

/**
 * A file place of a role, as the agent's profile declares it.
 *
 * @param mode "0640"
 * @param secret its digest is an HMAC and its content is never shown
 */
public record SlotPlace(String slot, String mode, String owner, String group, boolean secret) {

    public static SlotPlace open(String slot, String mode, String owner, String group) {
        return new SlotPlace(slot, mode, owner, group, false);
    }

    public static SlotPlace secret(String slot) {
        return new SlotPlace(slot, "0600", "root", "root", true);
    }
}
