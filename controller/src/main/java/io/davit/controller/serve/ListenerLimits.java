package io.davit.controller.serve;

import java.time.Duration;

/**
 * What one listener takes from its peers. grpc-java's own defaults are no limits, or generous ones.
 *
 * @param messageBytes the longest message
 * @param metadataBytes the longest headers
 * @param callsPerConnection at once
 * @param handshake until a new connection speaks HTTP/2
 * @param idle a connection without calls is closed after this; zero: never
 * @param age a connection is asked to go after this, whatever it does
 * @param ageGrace and cut after this
 * @param pingNoFasterThan a peer that pings faster is cut
 * @param pingsWithoutCalls whether an idle peer may ping
 * @param pingAfter we ping after this silence
 * @param pingAnswer and wait this long
 * @param resets at most so many reset streams in {@code resetWindow}
 * @param connectionsPerAddress at once
 * @param connections at once, of all addresses
 * @param newPerSecond of all addresses
 * @param callsAtOnce unary calls being served, of all connections
 */
record ListenerLimits(
        int messageBytes,
        int metadataBytes,
        int callsPerConnection,
        Duration handshake,
        Duration idle,
        Duration age,
        Duration ageGrace,
        Duration pingNoFasterThan,
        boolean pingsWithoutCalls,
        Duration pingAfter,
        Duration pingAnswer,
        int resets,
        Duration resetWindow,
        int connectionsPerAddress,
        int connections,
        int newPerSecond,
        int callsAtOnce) {

    /** Of one address; what lies behind one translated address comes as one. */
    int newPerSecondAndAddress() {
        return Math.max(1, newPerSecond / 2);
    }

    private static final Duration TEN_SECONDS = Duration.ofSeconds(10);
    private static final Duration HALF_MINUTE = Duration.ofSeconds(30);

    static ListenerLimits enrolment(int connectionsPerAddress) {
        return new ListenerLimits(
                16 << 10,
                4 << 10,
                2,
                Duration.ofSeconds(5),
                Duration.ofSeconds(15),
                Duration.ofSeconds(60),
                Duration.ofSeconds(5),
                Duration.ofMinutes(5),
                false,
                HALF_MINUTE,
                TEN_SECONDS,
                20,
                TEN_SECONDS,
                connectionsPerAddress,
                500,
                20,
                64);
    }

    static ListenerLimits agents(int connectionsPerAddress) {
        return new ListenerLimits(
                512 << 10,
                4 << 10,
                16,
                TEN_SECONDS,
                Duration.ZERO,
                Duration.ofMinutes(30),
                HALF_MINUTE,
                Duration.ofSeconds(20),
                true,
                HALF_MINUTE,
                TEN_SECONDS,
                200,
                HALF_MINUTE,
                connectionsPerAddress,
                12_000,
                100,
                256);
    }

    static ListenerLimits operators(int connectionsPerAddress) {
        return new ListenerLimits(
                4 << 20,
                8 << 10,
                32,
                TEN_SECONDS,
                Duration.ofMinutes(10),
                Duration.ofHours(2),
                HALF_MINUTE,
                Duration.ofMinutes(1),
                false,
                Duration.ofMinutes(1),
                Duration.ofSeconds(20),
                200,
                HALF_MINUTE,
                connectionsPerAddress,
                200,
                50,
                64);
    }

    /**
     * Prometheus keeps a connection for each of its targets, and all of them are here: as many from
     * one address as there may be in all.
     */
    static ListenerLimits monitoring() {
        return new ListenerLimits(
                0,
                8 << 10,
                1,
                Duration.ofSeconds(5),
                Duration.ofMinutes(2),
                Duration.ZERO,
                Duration.ZERO,
                Duration.ZERO,
                false,
                TEN_SECONDS,
                TEN_SECONDS,
                0,
                TEN_SECONDS,
                4_000,
                4_000,
                400,
                16);
    }

    static ListenerLimits socket() {
        return new ListenerLimits(
                64 << 10,
                4 << 10,
                4,
                TEN_SECONDS,
                Duration.ofMinutes(1),
                Duration.ofMinutes(10),
                TEN_SECONDS,
                Duration.ofMinutes(1),
                false,
                Duration.ofMinutes(1),
                Duration.ofSeconds(20),
                20,
                HALF_MINUTE,
                Integer.MAX_VALUE,
                16,
                20,
                8);
    }
}
