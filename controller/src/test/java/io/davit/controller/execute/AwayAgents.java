package io.davit.controller.execute;

import io.davit.common.HostId;
import io.davit.controller.agentlink.Agents;
import io.davit.controller.agentlink.Batch;
import io.davit.controller.agentlink.BatchEnd;
import io.davit.controller.agentlink.BatchListener;
import io.davit.controller.agentlink.CheckResult;
import io.davit.controller.agentlink.Command;
import io.davit.controller.agentlink.HostAwayException;
import io.davit.controller.agentlink.ProbeReading;
import io.davit.controller.observe.ObservedHost;
import io.davit.controller.plan.ProbeCall;
import java.time.Duration;
import java.util.List;

/** No host has a session; tests give those that have one their answers. */
class AwayAgents implements Agents {

    @Override
    public ProbeReading probe(HostId host, String role, ProbeCall probe, Duration deadline)
            throws HostAwayException {
        throw new HostAwayException(host, "no session");
    }

    @Override
    public List<ObservedHost> hosts() {
        return List.of();
    }

    @Override
    public ObservedHost observe(HostId host, Duration deadline) throws HostAwayException {
        throw new HostAwayException(host, "no session");
    }

    @Override
    public List<CheckResult> check(HostId host, List<Command> commands, Duration deadline)
            throws HostAwayException {
        throw new HostAwayException(host, "no session");
    }

    @Override
    public BatchEnd execute(HostId host, Batch batch, BatchListener listener) {
        return new BatchEnd.ContactLost("no session");
    }

    @Override
    public void cancel(HostId host, String operationId) {
        // nothing runs
    }

    @Override
    public boolean awaitConnected(HostId host, Duration deadline) {
        return false;
    }
}
