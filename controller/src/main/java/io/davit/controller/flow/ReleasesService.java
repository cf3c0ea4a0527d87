package io.davit.controller.flow;

import io.davit.controller.access.Answers;
import io.davit.controller.report.ReleaseMessages;
import io.davit.controller.versions.EtcdReleases;
import io.davit.controller.versions.K3sReleases;
import io.davit.proto.operator.v1.ReleasesGrpc;
import io.davit.proto.operator.v1.VersionsRequest;
import io.davit.proto.operator.v1.VersionsResponse;
import io.grpc.stub.StreamObserver;

/** Which versions there are, for operators. */
public final class ReleasesService extends ReleasesGrpc.ReleasesImplBase {

    private final K3sReleases k3sReleases;
    private final EtcdReleases etcdReleases;

    public ReleasesService(K3sReleases k3sReleases, EtcdReleases etcdReleases) {
        this.k3sReleases = k3sReleases;
        this.etcdReleases = etcdReleases;
    }

    @Override
    public void versions(VersionsRequest request, StreamObserver<VersionsResponse> observer) {
        Answers.unary(
                observer,
                () ->
                        ReleaseMessages.versions(
                                Waiting.uninterrupted(k3sReleases::overview),
                                etcdReleases,
                                k3sReleases.now()));
    }
}
