package io.davit.controller.enroll;

import io.davit.common.HostId;
import io.davit.controller.access.Answers;
import io.davit.controller.access.Peer;
import io.davit.proto.operator.v1.Host;
import io.davit.proto.operator.v1.HostReply;
import io.davit.proto.operator.v1.HostRequest;
import io.davit.proto.operator.v1.HostsGrpc;
import io.davit.proto.operator.v1.ListHostsRequest;
import io.davit.proto.operator.v1.ListHostsResponse;
import io.grpc.stub.StreamObserver;

/** What operators see of hosts, and decide about them. */
public final class HostsService extends HostsGrpc.HostsImplBase {

    private final Hosts hosts;
    private final LiveHosts live;

    /** Answers from the state and from the sessions. */
    public HostsService(Hosts hosts, LiveHosts live) {
        this.hosts = hosts;
        this.live = live;
    }

    @Override
    public void list(ListHostsRequest request, StreamObserver<ListHostsResponse> observer) {
        Answers.unary(
                observer,
                () ->
                        ListHostsResponse.newBuilder()
                                .addAllHosts(hosts.all().stream().map(this::view).toList())
                                .build());
    }

    @Override
    public void approve(HostRequest request, StreamObserver<HostReply> observer) {
        Answers.unary(
                observer,
                () -> {
                    HostId id = hosts.resolve(request.getHostId());
                    return reply(hosts.approve(id, Peer.current().actor()));
                });
    }

    @Override
    public void remove(HostRequest request, StreamObserver<HostReply> observer) {
        Answers.unary(
                observer,
                () -> {
                    HostId id = hosts.resolve(request.getHostId());
                    HostRecord removed = hosts.remove(id, Peer.current().actor());
                    live.end(id, "the host was removed");
                    return reply(removed);
                });
    }

    private HostReply reply(HostRecord host) {
        return HostReply.newBuilder().setHost(view(host)).build();
    }

    private String state(HostRecord host, HostId id) {
        boolean wiped =
                host.state() == HostState.RETIRED
                        && hosts.retirement(id).flatMap(Retirement::wipedAt).isPresent();
        return host.state().text() + (wiped ? " (wiped)" : "");
    }

    private Host view(HostRecord host) {
        HostId id = new HostId(host.id());
        Host.Builder view =
                Host.newBuilder()
                        .setHostId(host.id())
                        .setHostname(host.description().hostname())
                        .setState(state(host, id))
                        .setFingerprintWords(host.fingerprintWords())
                        .setAgentVersion(host.description().agentVersion())
                        .setOs(host.description().os())
                        .setEnrolledAt(Answers.timestamp(host.enrolledAt()))
                        .addAllWarnings(host.warnings())
                        .setCluster("unassigned");
        hosts.place(id)
                .ifPresent(
                        place -> view.setCluster(place.cluster()).setNameInCluster(place.name()));
        live.seen(id)
                .ifPresent(seen ->
                        view.setAddress(seen.peerAddress())
                                .addAllReportedAddresses(seen.reportedAddresses())
                                .setConnected(seen.connected())
                                .setAgentVersion(seen.agentVersion())
                                .setLastSeen(Answers.timestamp(seen.lastSeen()))
                                .addAllWarnings(seen.warnings()));
        return view.build();
    }
}
