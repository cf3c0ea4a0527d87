package io.davit.controller.bundle;

import io.davit.common.Names;
import io.davit.controller.store.Json;
import io.davit.controller.store.StoreException;
import java.nio.charset.StandardCharsets;
import java.util.HashSet;
import java.util.List;

/**
 * What stands first in a bundle: everything that follows, in its order.
 *
 * @param madeOn day, UTC: what is made on one day from the same files is the same bundle
 * @param madeBy version of Davit
 */
public record BundleManifest(int format, String madeOn, String madeBy, List<BundleItem> items) {

    static final String NAME = "manifest.json";
    static final int FORMAT = 1;
    static final int LONGEST = 1 << 20;
    private static final int MOST_ITEMS = 200;

    public BundleManifest {
        items = List.copyOf(items);
    }

    private boolean hasProgram(BundleItem images) {
        return items.stream()
                .anyMatch(item ->
                        item.kind().equals(BundleItem.K3S)
                                && item.version().equals(images.version())
                                && item.arch().equals(images.arch()));
    }

    byte[] text() {
        return new Json().write(this).getBytes(StandardCharsets.UTF_8);
    }

    /**
     * Reads one, and everything that it says of each file.
     *
     * @throws BadBundleException naming the first file that is not as it should be
     */
    static BundleManifest parse(byte[] bytes) throws BadBundleException {
        String text = new String(bytes, StandardCharsets.UTF_8);
        BundleManifest manifest;
        try {
            var json = new Json();
            if (json.format(text) != FORMAT) {
                throw new BadBundleException(
                        "its format is %d, this Davit reads %d"
                                .formatted(json.format(text), FORMAT));
            }
            manifest = json.read(text, BundleManifest.class, NAME);
        } catch (StoreException e) {
            throw new BadBundleException(String.valueOf(e.getMessage()), e);
        }
        if (manifest.items().isEmpty() || manifest.items().size() > MOST_ITEMS) {
            throw new BadBundleException("it names %d files".formatted(manifest.items().size()));
        }
        if (!manifest.madeOn().matches("\\d{4}-\\d\\d-\\d\\d")) {
            throw new BadBundleException("the day on which it was made is none");
        }
        var paths = new HashSet<String>();
        for (BundleItem item : manifest.items()) {
            String what =
                    Names.printable("%s %s %s".formatted(item.kind(), item.version(), item.arch()));
            var problem = item.problem();
            if (problem.isPresent()) {
                throw new BadBundleException(
                        "%s (%s): %s"
                                .formatted(what, Names.printable(item.fileName()), problem.get()));
            }
            if (!paths.add(item.path())) {
                throw new BadBundleException(what + " is there twice");
            }
        }
        for (BundleItem item : manifest.items()) {
            if (item.kind().equals(BundleItem.K3S_IMAGES) && !manifest.hasProgram(item)) {
                throw new BadBundleException("it has images of K3s without " + item.version());
            }
        }
        return manifest;
    }
}
