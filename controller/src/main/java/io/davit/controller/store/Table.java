package io.davit.controller.store;

/**
 * A kind of document: where it stands and what record it holds.
 *
 * @param name first segments of the key, without a slash at the end: {@code host}
 * @param type a record that {@link Json} can write and read
 */
public record Table<T>(String name, Class<T> type) {

    String key(String id) {
        String key = name + "/" + id;
        DocumentKeys.check(key);
        return key;
    }

    String prefix() {
        return name + "/";
    }

    String id(String key) {
        return key.substring(name.length() + 1);
    }
}
