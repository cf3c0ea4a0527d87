package io.davit.agent.step;

/** What an engine needs from the session with the controller. */
public record EnginePorts(
        ArtifactSource artifacts,
        CertificateIssuer certificates,
        BlobSink blobs,
        EngineListener listener) {}
