package io.davit.agent.step;

import io.davit.agent.observe.PlacedArtifact;
import io.davit.proto.agent.v1.EnsureArtifact;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;

/** Fetches the file of an EnsureArtifact step, within the step's time. */
final class ArtifactFetch {

    private final EnsureArtifact wanted;
    private final Work work;

    ArtifactFetch(EnsureArtifact wanted, Work work) {
        this.wanted = wanted;
        this.work = work;
    }

    /** The whole, verified file, still under its part name. */
    Path fetch() throws StepEnded, IOException, InterruptedException {
        Path part =
                work.system()
                        .files()
                        .resolve(PlacedArtifact.DIRECTORY + "/.part-" + wanted.getSha256());
        var fetch =
                new FileFetch(
                        work.ports().artifacts(),
                        wanted.getSha256(),
                        wanted.getSizeBytes(),
                        new OfStep());
        return switch (fetch.into(part)) {
            case FileFetch.Fetched() -> part;
            case FileFetch.Overdue(String got) ->
                    throw StepEnded.failed(
                            "cannot fetch %s: %s in %d s"
                                    .formatted(name(), got, work.deadline().toSeconds()));
            case FileFetch.BrokeOff(String cause) ->
                    throw StepEnded.retry(
                            Duration.ofSeconds(5), "cannot fetch %s: %s".formatted(name(), cause));
            case FileFetch.Wrong(String actual) ->
                    throw StepEnded.failed(
                            "cannot verify %s: its SHA-256 is %s, %s is wanted"
                                    .formatted(name(), actual, wanted.getSha256()));
        };
    }

    private String name() {
        return wanted.getArtifact() + " " + wanted.getVersion();
    }

    private final class OfStep implements FileFetch.Patience {

        @Override
        public boolean overdue() {
            return work.overdue();
        }

        @Override
        public void pause(Duration duration) throws InterruptedException {
            work.pause(duration);
        }

        @Override
        public void progress(String doing) {
            work.progress(doing);
        }
    }
}
