package io.davit.agent.identity;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Optional;

/**
 * What tells this machine from its clone or from another that got its disk.
 *
 * @param machineId content of /etc/machine-id, empty where there is none
 * @param productUuid the DMI product UUID in lower case, empty where there is none; containers on
 *     one machine share it
 */
public record Machine(String machineId, String productUuid) {

    private static final int LONGEST = 64;

    /**
     * Reads the machine below this root, {@code /} outside of tests.
     *
     * @throws IOException if a part is there and cannot be read
     */
    public static Machine read(Path root) throws IOException {
        return new Machine(
                part(root.resolve("etc/machine-id")),
                part(root.resolve("sys/class/dmi/id/product_uuid")));
    }

    private static String part(Path file) throws IOException {
        if (!Files.isRegularFile(file)) {
            return "";
        }
        String text = Files.readString(file).strip().toLowerCase(Locale.ROOT);
        return text.length() > LONGEST ? text.substring(0, LONGEST) : text;
    }

    /** The first difference, in words. A part that either side lacks is skipped. */
    public Optional<String> differenceFrom(Machine enrolled) {
        if (differs(machineId, enrolled.machineId)) {
            return Optional.of(
                    "its machine-id was %s and is %s".formatted(enrolled.machineId, machineId));
        }
        if (differs(productUuid, enrolled.productUuid)) {
            return Optional.of(
                    "its product UUID was %s and is %s"
                            .formatted(enrolled.productUuid, productUuid));
        }
        return Optional.empty();
    }

    private static boolean differs(String now, String then) {
        return !now.isEmpty() && !then.isEmpty() && !now.equals(then);
    }
}
