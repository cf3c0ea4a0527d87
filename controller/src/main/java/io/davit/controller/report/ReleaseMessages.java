package io.davit.controller.report;

import io.davit.controller.access.Answers;
import io.davit.controller.artifact.HeldArtifact;
import io.davit.controller.release.EtcdVersion;
import io.davit.controller.release.K3sMinor;
import io.davit.controller.release.K3sVersion;
import io.davit.controller.spec.DefaultVersions.Chosen;
import io.davit.controller.spec.DefaultVersions.NotChosen;
import io.davit.controller.versions.Answer;
import io.davit.controller.versions.EtcdReleases;
import io.davit.controller.versions.K3sReleases.Overview;
import io.davit.proto.operator.v1.Artifact;
import io.davit.proto.operator.v1.VersionSource;
import io.davit.proto.operator.v1.VersionsResponse;
import java.time.Instant;
import java.util.List;
import java.util.Map;

/** Versions and held files as messages. */
public final class ReleaseMessages {

    private ReleaseMessages() {}

    /** Channels, minor versions and who tells of them. */
    public static VersionsResponse versions(Overview overview, EtcdReleases etcd, Instant now) {
        var known = overview.known();
        var message = VersionsResponse.newBuilder().setNow(Answers.timestamp(now));
        known.channels()
                .forEach((name, version) ->
                        message.addChannelsBuilder()
                                .setName(name)
                                .setK3SVersion(version.toString())
                                .setEtcdVersion(etcd(etcd, version)));
        known.newestPerMinor()
                .forEach((minor, newest) ->
                        message.addMinorsBuilder()
                                .setMinor(minor.toString())
                                .setNewest(newest.toString())
                                .setEtcdVersion(etcd(etcd, newest))
                                .setReleases(
                                        (int)
                                                known.versions().stream()
                                                        .filter(v -> K3sMinor.of(v).equals(minor))
                                                        .count()));
        overview.answers().forEach(answer -> message.addSources(source(answer)));
        return message.build();
    }

    private static String etcd(EtcdReleases etcd, K3sVersion k3s) {
        return switch (etcd.forK3s(k3s)) {
            case Chosen<EtcdVersion> chosen -> chosen.version().toString();
            case NotChosen<EtcdVersion> _ -> "";
        };
    }

    private static VersionSource source(Answer answer) {
        var message =
                VersionSource.newBuilder()
                        .setKind(answer.kind())
                        .setPlace(answer.place())
                        .setFailure(answer.failure().orElse(""));
        answer.at().ifPresent(at -> message.setAnsweredAt(Answers.timestamp(at)));
        return message.build();
    }

    /** A held file with the clusters that need it, and of OS packages those that are in it. */
    public static Artifact artifact(
            HeldArtifact held, List<String> clusters, Map<String, String> packages) {
        var message =
                Artifact.newBuilder()
                        .setSha256(held.sha256())
                        .setSizeBytes(held.sizeBytes())
                        .setSince(Answers.timestamp(held.since()))
                        .addAllClusters(clusters)
                        .putAllPackages(packages);
        held.published()
                .ifPresent(file ->
                        message.setArtifact(file.artifact())
                                .setVersion(file.version())
                                .setArch(file.arch())
                                .setFileName(file.fileName()));
        return message.build();
    }
}
