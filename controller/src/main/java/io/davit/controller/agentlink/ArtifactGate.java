package io.davit.controller.agentlink;

import io.davit.common.HostId;

/** Says which published files a host may fetch now. */
public interface ArtifactGate {

    /** Whether a step that runs on this host now names the file. */
    boolean mayFetch(HostId from, String sha256);
}
