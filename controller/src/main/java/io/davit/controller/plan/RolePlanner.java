package io.davit.controller.plan;

import io.davit.controller.spec.Role;

/** What one role contributes to a plan: facts in, steps out. Pure. */
public interface RolePlanner {

    Role role();

    /**
     * Drafts the steps of all hosts with this role. Roles are asked in the order of {@link Role},
     * so that what a role needs of an earlier one can be told by {@link Milestone}.
     */
    void plan(World world, Draft draft);

    /**
     * Drafts what hosts with this role have to do before others leave the cluster; asked after all
     * roles have planned.
     */
    default void release(World world, Draft draft) {}
}
