package io.davit.controller.agentlink;

import io.grpc.Status;

/** A file on its way to or from a host. */
interface Transfer {

    /** It goes no further. */
    void breakOff(Status status, String why);
}
