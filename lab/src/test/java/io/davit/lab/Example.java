package io.davit.lab;

import java.util.List;

/**
 * A file of {@code examples/} and the machines that it speaks of.
 *
 * @param file in the project
 * @param cluster the name that it gives
 * @param hosts the first has 198.18.0.11, and so on; more machines than the file names are to spare
 */
record Example(String file, String cluster, List<String> hosts) {

    static final Example SMALL =
            new Example(
                    "examples/small.yaml", "small", List.of("e1", "e2", "e3", "s1", "w1", "w2"));

    static final Example HIGHLY_AVAILABLE =
            new Example(
                    "examples/ha.yaml",
                    "ha",
                    List.of("e1", "e2", "e3", "s1", "s2", "s3", "w1", "w2", "x1"));

    static final Example ONE_HOST =
            new Example("lab/one-host-without-cni.yaml", "one", List.of("h1"));

    Example {
        hosts = List.copyOf(hosts);
    }

    String address(String host) {
        return "198.18.0." + (11 + hosts.indexOf(host));
    }
}
