package io.davit.controller.plan;

/**
 * What a step does: something an agent does on its host, or something the controller does itself.
 */
public sealed interface Work permits AgentWork, ControllerWork {

    /** The kind's name as shown: "WriteFile". */
    default String kind() {
        return getClass().getSimpleName();
    }

    /** On what, in a few words: "etcd.config". */
    String what();
}
