package io.davit.cli;

import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.Option;

/** What a person decides about hosts that leave a cluster. */
final class RemovalOptions {

    @Option(
            names = "--yes",
            description =
                    "Hosts that the spec has no more are removed without asking. Needed where there"
                            + " is no terminal to ask at.")
    private boolean yes;

    @Option(
            names = "--force-drain",
            description =
                    "Delete Pods that cannot be evicted from a node that leaves: those that a"
                            + " PodDisruptionBudget holds, after 30 s, and those that nobody would"
                            + " start anew.")
    private boolean forceDrain;

    @Option(
            names = "--unreachable",
            paramLabel = "NAME",
            description =
                    "Give this host up: it is away, is in the spec no more, and never comes back."
                            + " The agent token that it knows is rotated. May be given more than"
                            + " once.")
    private List<String> unreachable = new ArrayList<>();

    boolean yes() {
        return yes;
    }

    boolean forceDrain() {
        return forceDrain;
    }

    List<String> unreachable() {
        return List.copyOf(unreachable);
    }
}
