package io.davit.controller.spec;

import io.davit.controller.spec.YamlTree.Place;
import java.util.HashMap;
import java.util.Map;

/** Where each field of a spec stands in its file, so that later problems can name the line. */
public final class Places {

    private final Map<String, Place> places = new HashMap<>();

    Places() {}

    void put(String path, Place place) {
        places.put(path, place);
    }

    /** The place of a field, else of the nearest thing around it. */
    Place of(String path) {
        String where = path;
        while (!where.isEmpty()) {
            var place = places.get(where);
            if (place != null) {
                return place;
            }
            int cut = Math.max(where.lastIndexOf('.'), where.lastIndexOf('['));
            where = cut < 0 ? "" : where.substring(0, cut);
        }
        return places.getOrDefault("", Place.NOWHERE);
    }
}
