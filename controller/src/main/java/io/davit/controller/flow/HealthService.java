package io.davit.controller.flow;

import io.davit.common.Names;
import io.davit.common.Nearest;
import io.davit.controller.access.Answers;
import io.davit.controller.agentlink.Agents;
import io.davit.controller.audit.AuditTrail;
import io.davit.controller.enroll.Hosts;
import io.davit.controller.execute.Operations;
import io.davit.controller.explain.KnownCauses;
import io.davit.controller.health.EventLog;
import io.davit.controller.report.WhyMessages;
import io.davit.proto.operator.v1.EventsRequest;
import io.davit.proto.operator.v1.EventsResponse;
import io.davit.proto.operator.v1.HealthGrpc;
import io.davit.proto.operator.v1.WhyRequest;
import io.davit.proto.operator.v1.WhyResponse;
import io.grpc.Status;
import io.grpc.stub.StreamObserver;
import java.time.Clock;
import java.time.Instant;

/** Why something is as it is, and what happened, for operators. */
public final class HealthService extends HealthGrpc.HealthImplBase {

    private final Explanations explanations;
    private final Events events;
    private final Clock clock;

    public HealthService(
            AcceptedClusters clusters,
            Members members,
            StoredOperations operations,
            Operations running,
            ClusterPictures pictures,
            Agents agents,
            Hosts hosts,
            AuditTrail audit,
            EventLog happened,
            Clock clock) {
        this.explanations =
                new Explanations(
                        clusters,
                        members,
                        operations,
                        running,
                        pictures,
                        agents,
                        new FreeHosts(hosts, agents),
                        new WhyMessages(KnownCauses.compiledIn()));
        this.events = new Events(clusters, operations, audit, happened);
        this.clock = clock;
    }

    @Override
    public void why(WhyRequest request, StreamObserver<WhyResponse> observer) {
        Answers.unary(
                observer,
                () ->
                        Waiting.uninterrupted(() -> explanations.of(request.getSubject()))
                                .map(answer ->
                                        answer.toBuilder()
                                                .setNow(Answers.timestamp(clock.instant()))
                                                .build())
                                .orElseThrow(() ->
                                        Answers.refusal(
                                                Status.NOT_FOUND,
                                                "no host, cluster or operation is called "
                                                        + Names.printable(request.getSubject())
                                                        + Nearest.hint(
                                                                request.getSubject(),
                                                                explanations.subjects())
                                                        + "\n  → davit status lists clusters and"
                                                        + " hosts, davit operations the"
                                                        + " operations")));
    }

    @Override
    public void events(EventsRequest request, StreamObserver<EventsResponse> observer) {
        Answers.unary(
                observer,
                () -> {
                    Instant now = clock.instant();
                    Instant from =
                            request.hasSince()
                                    ? now.minusSeconds(request.getSince().getSeconds())
                                    : Instant.EPOCH;
                    return EventsResponse.newBuilder()
                            .addAllEvents(events.since(from, request.getCluster()))
                            .setNow(Answers.timestamp(now))
                            .build();
                });
    }
}
