package io.davit.cli.view;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The pictures stand in {@code src/test/resources/pictures}, to be looked at. With {@code
 * -Ddavit.pictures=write} they are written anew.
 */
class ProgressPictureTest {

    private static final Path PICTURES = Path.of("src/test/resources/pictures");

    private static List<String> names(String prefix, int count) {
        return IntStream.rangeClosed(1, count).mapToObj(i -> prefix + i).toList();
    }

    private static ScriptedOperation ten() {
        return ScriptedOperation.cluster(names("e", 3), names("s", 3), names("w", 4))
                .step("w5", "worker", "PrepareRole", "worker", 2)
                .failing(
                        "w6",
                        "worker",
                        "PrepareRole",
                        "worker",
                        3,
                        "port 10250 is taken by kubelet (pid 811)");
    }

    private static ScriptedOperation threeHundred() {
        var script = ScriptedOperation.cluster(names("e", 5), names("s", 5), names("w", 260));
        names("x", 28).forEach(host -> script.step(host, "worker", "PrepareRole", "worker", 2));
        return script.failing("y1", "worker", "PrepareRole", "worker", 3, "disk full")
                .step("y1", "worker", "EnsureService", "k3s-agent", 6)
                .failing("y2", "worker", "PrepareRole", "worker", 3, "disk full");
    }

    private static List<String> lines(
            ScriptedOperation script, double at, int columns, int rows, boolean colour) {
        var picture =
                ProgressPicture.of(
                        script.joinedAt(at), ScriptedOperation.after(at), columns, rows - 1);
        return picture.stream().map(line -> line.render(columns, colour)).toList();
    }

    private static void compare(String name, List<String> lines) throws IOException {
        String drawn = String.join("\n", lines).replace("\u001b", "␛") + "\n";
        Path file = PICTURES.resolve(name + ".txt");
        if ("write".equals(System.getProperty("davit.pictures"))) {
            Files.createDirectories(PICTURES);
            Files.writeString(file, drawn);
        }
        assertThat(drawn).isEqualTo(Files.readString(file));
    }

    private static void compareAll(String name, ScriptedOperation script, double at)
            throws IOException {
        for (int[] size : new int[][] {{80, 24}, {200, 50}}) {
            String sized = "%s-%dx%d".formatted(name, size[0], size[1]);
            var plain = lines(script, at, size[0], size[1], false);
            var colour = lines(script, at, size[0], size[1], true);
            assertThat(plain).hasSizeLessThan(size[1]);
            assertThat(plain).allMatch(line -> TextWidth.of(line) <= size[0]);
            assertThat(
                            colour.stream()
                                    .map(line ->
                                            line.replaceAll("\u001b\\[[0-9;]*m", "")
                                                    .stripTrailing()))
                    .isEqualTo(plain);
            compare(sized, plain);
            compare(sized + "-colour", colour);
        }
    }

    @Test
    void threeHosts() throws IOException {
        compareAll("3-hosts", ScriptedOperation.small(), 20);
    }

    @Test
    void tenHostsOneOfThemFailed() throws IOException {
        compareAll("10-hosts", ten(), 12.5);
    }

    @Test
    void threeHundredHostsFoldIntoTheHeight() throws IOException {
        compareAll("300-hosts", threeHundred(), 20);
    }

    @Test
    void threeHundredHostsAtWorkAreNotAllShown() throws IOException {
        compareAll("300-hosts-at-work", threeHundred(), 41);
    }

    @ParameterizedTest
    @ValueSource(doubles = {0, 3.9, 4.25, 9, 12.5, 30, 39.2, 45, 49.2, 70})
    void whoJoinsLateSeesWhatIsSeenFromTheStart(double at) {
        var script = ten();
        var late = ProgressPicture.of(script.joinedAt(at), ScriptedOperation.after(at), 120, 40);
        var early =
                ProgressPicture.of(
                        script.watchedUntil(at, 0.05), ScriptedOperation.after(at), 120, 40);
        assertThat(early.stream().map(line -> line.render(120, true)).toList())
                .isEqualTo(late.stream().map(line -> line.render(120, true)).toList());
    }

    @Test
    void everySizeIsKept() {
        for (int columns : new int[] {20, 40, 79, 133}) {
            for (int rows : new int[] {6, 10, 24, 60, 400}) {
                for (double at : new double[] {0, 2, 13, 41, 100}) {
                    var drawn = lines(threeHundred(), at, columns, rows, false);
                    assertThat(drawn).hasSizeLessThan(rows);
                    assertThat(drawn).allMatch(line -> TextWidth.of(line) <= columns);
                }
            }
        }
    }

    @Test
    void theHostOnTheCriticalPathIsShownWhateverIsFolded() {
        var drawn = lines(threeHundred(), 20, 80, 10, false);
        assertThat(drawn).anyMatch(line -> line.startsWith("» s1"));
        assertThat(String.join("\n", drawn))
                .contains("hosts wait for s1: control-plane await ping");
    }

    @Test
    void theSummarySaysWhereTheTimeWent() throws IOException {
        compare("summary", ProgressSummary.of(ten().joinedAt(120)));
        assertThat(
                        ProgressSummary.of(
                                new ScriptedOperation()
                                        .step("a", "etcd", "WriteFile", "x", 1)
                                        .joinedAt(5)))
                .isEmpty();
    }

    @Test
    void plainLinesTellEveryChangeOnce() throws IOException {
        var lines = new ArrayList<String>();
        for (var step : ten().steps(41)) {
            PlainLines.of(step, ScriptedOperation.START).ifPresent(lines::add);
        }
        PlainLines.stillThere(ten().joinedAt(20), ScriptedOperation.after(20))
                .ifPresent(lines::add);
        compare("plain-lines", lines);
    }
}
