package io.davit.controller.execute;

import io.davit.controller.agentlink.Agents;

/** What the lanes of a run call. */
record RunServices(
        Agents agents,
        ControllerSteps controller,
        RestartGuard guard,
        CommandMaker commands,
        ArtifactCatalog artifacts,
        RunningSteps running,
        Reign reign,
        Pace pace) {}
