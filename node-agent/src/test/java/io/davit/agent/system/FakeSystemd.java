package io.davit.agent.system;

import java.io.IOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/** systemd in memory: units are the files below a root's /etc/systemd/system. */
public final class FakeSystemd implements Systemd {

    /** What a killed agent looks like from inside: nothing after it runs. */
    public static final class Crash extends Error {
        private static final long serialVersionUID = 1L;
    }

    private static final class State {
        private boolean masked;
        String active = "inactive";
        boolean enabled;
        String invocation = "";
        Optional<Instant> started = Optional.empty();
        Optional<Instant> changed = Optional.empty();
        boolean asserted = true;
        boolean loaded;
        String fragment = "";
    }

    private final HostFiles files;
    private final Map<String, State> units = new ConcurrentHashMap<>();
    private final List<String> calls = new ArrayList<>();
    private int invocations;
    private String crashAfter = "";
    private boolean assertionsFail;
    private boolean reloadRefused;
    private Runnable atReload = () -> {};

    public FakeSystemd(HostFiles files) {
        this.files = files;
    }

    /** Everything that was asked of it, "start etcd" and so on. */
    public synchronized List<String> calls() {
        return List.copyOf(calls);
    }

    /** The next call of this form does its work and then kills the agent. */
    public synchronized void crashAfter(String call) {
        crashAfter = call;
    }

    public synchronized void failAssertions() {
        assertionsFail = true;
    }

    /** A unit that somebody else's package brought. */
    public synchronized void foreignUnit(String name, String fragment) {
        State state = state(name);
        state.loaded = true;
        state.fragment = fragment;
    }

    /** It crashed and systemd started it again. */
    public synchronized void restartByItself(String name) {
        restartByHand(name, Instant.now());
    }

    /** A person restarted it, at a moment that is to be before or after a file's change. */
    public synchronized void restartByHand(String name, Instant at) {
        State state = state(name);
        state.active = "active";
        state.invocation = "invocation-" + ++invocations;
        state.started = Optional.of(at);
        state.changed = Optional.of(at);
    }

    private State state(String name) {
        return units.computeIfAbsent(name, key -> new State());
    }

    private synchronized void did(String call) {
        calls.add(call);
        if (crashAfter.equals(call)) {
            crashAfter = "";
            throw new Crash();
        }
    }

    @Override
    public synchronized UnitStatus unit(String name) throws IOException {
        State state = state(name);
        if (state.masked) {
            return new UnitStatus(
                    "masked",
                    "inactive",
                    "dead",
                    "masked-runtime",
                    "/run/systemd/system/" + name + ".service",
                    "",
                    Optional.empty(),
                    Optional.empty(),
                    0,
                    0,
                    true,
                    "success",
                    false);
        }
        if (!state.loaded) {
            String file = "/etc/systemd/system/" + name + ".service";
            if (files.status(file).isEmpty()) {
                return UnitStatus.ABSENT;
            }
            state.fragment = file;
        }
        return new UnitStatus(
                "loaded",
                state.active,
                state.active.equals("active") ? "running" : "dead",
                state.enabled ? "enabled" : "disabled",
                state.fragment,
                state.invocation,
                state.started,
                state.changed,
                0,
                0,
                state.asserted,
                state.asserted ? "success" : "exit-code",
                false);
    }

    @Override
    public synchronized void reload() {
        did("reload");
    }

    /** A person reloaded it, at a moment that is to be before or after a file's change. */
    public synchronized void reloadByHand(String name, Instant at) {
        state(name).changed = Optional.of(at);
    }

    /** What a service does as it is reloaded. */
    public synchronized void atReload(Runnable act) {
        atReload = act;
    }

    /** The next reload of a service is refused. */
    public synchronized void refuseReload() {
        reloadRefused = true;
    }

    @Override
    public synchronized void reload(String unit) throws IOException {
        did("reload " + unit);
        atReload.run();
        reloadByHand(unit, Instant.now()); // a reload that fails moves the timestamp as well
        if (reloadRefused) {
            reloadRefused = false;
            throw new IOException("systemctl reload " + unit + ": exit 1");
        }
    }

    @Override
    public synchronized void enable(String unit) {
        state(unit).enabled = true;
        did("enable " + unit);
    }

    @Override
    public synchronized void disable(String unit) {
        state(unit).enabled = false;
        did("disable " + unit);
    }

    @Override
    public synchronized void mask(String unit) {
        state(unit).masked = true;
        did("mask " + unit);
    }

    @Override
    public synchronized void unmask(String unit) {
        state(unit).masked = false;
        did("unmask " + unit);
    }

    @Override
    public synchronized void start(String unit) {
        begin(unit);
        did("start " + unit);
    }

    @Override
    public synchronized void restart(String unit) {
        begin(unit);
        did("restart " + unit);
    }

    private void begin(String unit) {
        State state = state(unit);
        if (assertionsFail) {
            state.asserted = false;
            return;
        }
        restartByItself(unit);
    }

    @Override
    public synchronized void stop(String unit) {
        state(unit).active = "inactive";
        did("stop " + unit);
    }

    @Override
    public synchronized void resetFailed(String unit) {
        did("reset-failed " + unit);
    }

    @Override
    public List<String> log(String unit, int lines) {
        return List.of("the last line of " + unit);
    }
}
