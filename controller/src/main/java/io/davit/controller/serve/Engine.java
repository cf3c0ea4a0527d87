package io.davit.controller.serve;

import io.davit.controller.agentlink.ArtifactFiles;
import io.davit.controller.agentlink.ArtifactGate;
import io.davit.controller.agentlink.BlobDesk;
import io.davit.controller.agentlink.CertificateDesk;
import io.davit.controller.agentlink.CertificateDesk.CertificateRefusedException;
import io.davit.controller.metrics.ClusterSource;
import io.davit.proto.operator.v1.AgentCount;
import io.grpc.BindableService;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * What plans and executes, as the listeners need it.
 *
 * @param operatorServices further services of the operators' port
 * @param desk answers certificate requests of running steps
 * @param gate says what hosts may fetch
 * @param files what there is to fetch
 * @param blobs takes what hosts send
 * @param clusters for monitoring
 * @param versions of agents, for people
 * @param stop ends its work; the hosts go on without it
 */
public record Engine(
        List<BindableService> operatorServices,
        CertificateDesk desk,
        ArtifactGate gate,
        ArtifactFiles files,
        BlobDesk blobs,
        ClusterSource clusters,
        Supplier<List<AgentCount>> versions,
        Runnable stop) {

    /** Copies the services. */
    public Engine {
        operatorServices = List.copyOf(operatorServices);
    }

    /** One that runs nothing: nothing is signed, nothing may be fetched or sent. */
    public static Engine idle() {
        return new Engine(
                List.of(),
                (_, operation, step, _) -> {
                    throw new CertificateRefusedException(
                            "no step " + step + " of operation " + operation + " runs");
                },
                (_, _) -> false,
                _ -> Optional.empty(),
                BlobDesk.closed(),
                ClusterSource.none(),
                List::of,
                () -> {});
    }
}
