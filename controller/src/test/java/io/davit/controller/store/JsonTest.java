package io.davit.controller.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class JsonTest {

    private final Json json = new Json();

    sealed interface Shape {}

    record Circle(int radius) implements Shape {}

    sealed interface Flat extends Shape {}

    record Line(Instant from, Duration length) implements Flat {}

    record Empty() implements Shape {}

    record Drawing(
            String name, List<Shape> shapes, Map<String, Shape> byName, Optional<Shape> last) {}

    @Test
    void choicesComeBackAsWhatTheyWere() {
        var drawing =
                new Drawing(
                        "d",
                        List.of(new Circle(3), new Line(Instant.EPOCH, Duration.ofMillis(1500))),
                        Map.of("e", new Empty()),
                        Optional.of(new Circle(1)));
        assertThat(json.read(json.write(drawing), Drawing.class, "here")).isEqualTo(drawing);
        var none = new Drawing("", List.of(), Map.of(), Optional.empty());
        assertThat(json.read(json.write(none), Drawing.class, "here")).isEqualTo(none);
    }

    @Test
    void anythingHalfUnderstoodIsRefusedWithItsPlace() {
        for (String text :
                List.of(
                        "{\"radius\":1,\"colour\":\"red\"}",
                        "{}",
                        "{\"radius\":null}",
                        "{\"radius\":1,\"radius\":2}",
                        "{\"radius\":1} x",
                        "{\"radius\":")) {
            assertThatThrownBy(() -> json.read(text, Circle.class, "host/a"))
                    .as(text)
                    .isInstanceOf(StoreException.class)
                    .hasMessageContaining("host/a");
        }
    }

    @Test
    void noClassIsLoadedByAName() {
        for (String kind : List.of("java.lang.Runtime", "Drawing", "")) {
            assertThatThrownBy(
                            () -> json.read("{\"kind\":\"" + kind + "\"}", Shape.class, "host/a"))
                    .isInstanceOf(StoreException.class);
        }
    }
}
