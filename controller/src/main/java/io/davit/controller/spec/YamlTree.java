package io.davit.controller.spec;

import java.util.ArrayList;
import java.util.List;

/** A YAML document as read: three kinds of nodes, each with its place. */
sealed interface YamlTree {

    /** Where it starts; both count from 1. */
    record Place(int line, int column) {
        static final Place NOWHERE = new Place(0, 0);
    }

    Place place();

    /**
     * @param plain not in quotes, so that it may be a number, a boolean or nothing at all
     */
    record Scalar(Place place, String text, boolean plain) implements YamlTree {}

    record Items(Place place, List<YamlTree> nodes) implements YamlTree {
        public Items {
            nodes = List.copyOf(nodes);
        }
    }

    /** Entries in file order, keys unique. */
    record Fields(Place place, List<Entry> entries) implements YamlTree {
        public Fields {
            entries = List.copyOf(entries);
        }
    }

    record Entry(Place keyPlace, String key, YamlTree value) {}

    /** Collects entries and refuses a second one of the same key. */
    final class FieldsBuilder {
        private final Place place;
        private final List<Entry> entries = new ArrayList<>();

        FieldsBuilder(Place place) {
            this.place = place;
        }

        boolean add(Entry entry) {
            if (entries.stream().anyMatch(e -> e.key().equals(entry.key()))) {
                return false;
            }
            return entries.add(entry);
        }

        Fields build() {
            return new Fields(place, entries);
        }
    }
}
