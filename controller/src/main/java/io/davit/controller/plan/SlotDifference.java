package io.davit.controller.plan;

import io.davit.controller.observe.RoleInventory;
import io.davit.controller.plan.Reason.Why;
import java.util.Optional;

/** Compares a file that is there with the one that is wanted. */
final class SlotDifference {

    private SlotDifference() {}

    /**
     * Why it has to be written; empty when it is right.
     *
     * @param wanted empty while the content refers to what is not made yet
     */
    static Optional<Reason> of(
            Optional<RoleInventory.SlotState> there,
            SlotPlace place,
            Optional<Material.SlotDigests> wanted) {
        if (there.isEmpty()) {
            return Optional.of(new Reason(Why.ABSENT, ""));
        }
        var state = there.get();
        if (wanted.isEmpty() || !state.digest().equals(wanted.get().digest())) {
            return Optional.of(new Reason(Why.DIFFERS, "content"));
        }
        if (!state.mode().equals(place.mode())) {
            return Optional.of(
                    new Reason(Why.DIFFERS, "mode " + state.mode() + ", wanted " + place.mode()));
        }
        if (!state.owner().equals(place.owner()) || !state.group().equals(place.group())) {
            return Optional.of(
                    new Reason(
                            Why.DIFFERS,
                            "owner "
                                    + state.owner()
                                    + ":"
                                    + state.group()
                                    + ", wanted "
                                    + place.owner()
                                    + ":"
                                    + place.group()));
        }
        return Optional.empty();
    }
}
