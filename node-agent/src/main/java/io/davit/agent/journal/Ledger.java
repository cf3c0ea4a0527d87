package io.davit.agent.journal;

import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * What Davit made on this host, or was about to make: an entry is written before the thing itself.
 * What is not in here is not ours and is never touched. A value: changes make a new one.
 *
 * @param paths files, links and directories, each with the roles that want it
 * @param users users made here, each with the roles that want it
 * @param units units by name
 * @param artifacts artifacts by name
 */
public record Ledger(
        SortedMap<String, SortedSet<String>> paths,
        SortedMap<String, SortedSet<String>> users,
        SortedMap<String, UnitEntry> units,
        SortedMap<String, ArtifactEntry> artifacts) {

    /** Nothing yet. */
    public static final Ledger EMPTY =
            new Ledger(new TreeMap<>(), new TreeMap<>(), new TreeMap<>(), new TreeMap<>());

    /**
     * A unit that Davit wrote or took charge of.
     *
     * @param parameters what its text was rendered with
     * @param startedWith inputs of that invocation
     * @param invocation the invocation that they belong to; empty if none was seen to begin
     */
    public record UnitEntry(
            String role,
            SortedMap<String, String> parameters,
            SortedMap<String, String> startedWith,
            String invocation) {
        public UnitEntry {
            parameters = sorted(parameters);
            startedWith = sorted(startedWith);
            invocation = Objects.requireNonNullElse(invocation, "");
        }

        /** A unit that does not run. */
        public static UnitEntry stopped(String role, Map<String, String> parameters) {
            return new UnitEntry(role, sorted(parameters), sorted(Map.of()), "");
        }

        /** Running, as this invocation. */
        public UnitEntry started(String asInvocation, Map<String, String> with) {
            return new UnitEntry(role, parameters, sorted(with), asInvocation);
        }

        public UnitEntry withParameters(Map<String, String> values) {
            return new UnitEntry(role, sorted(values), startedWith, invocation);
        }

        /**
         * Whether {@link #startedWith} are the inputs of this invocation, and not of one before it.
         * A ledger of an agent that did not note invocations yet is believed.
         */
        public boolean knows(String invocationNow) {
            return invocationNow.isEmpty()
                    || invocation.equals(invocationNow)
                    || invocation.isEmpty() && !startedWith.isEmpty();
        }
    }

    /**
     * An artifact in place.
     *
     * @param files names in its directory with their SHA-256
     * @param previous SHA-256 of the one before, which is kept; empty without one
     */
    public record ArtifactEntry(
            String version,
            String sha256,
            String fileName,
            SortedMap<String, String> files,
            String previous) {
        public ArtifactEntry {
            files = sorted(files);
        }
    }

    public Ledger {
        paths = Collections.unmodifiableSortedMap(new TreeMap<>(paths));
        users = Collections.unmodifiableSortedMap(new TreeMap<>(users));
        units = Collections.unmodifiableSortedMap(new TreeMap<>(units));
        artifacts = Collections.unmodifiableSortedMap(new TreeMap<>(artifacts));
    }

    private static SortedMap<String, String> sorted(Map<String, String> map) {
        return Collections.unmodifiableSortedMap(new TreeMap<>(map));
    }

    /** Whether this path is ours. */
    public boolean owns(String path) {
        return paths.containsKey(path);
    }

    /** Whether anything here belongs to this role. */
    public boolean holds(String role) {
        return paths.values().stream().anyMatch(roles -> roles.contains(role))
                || units.values().stream().anyMatch(unit -> unit.role().equals(role));
    }

    /** Claims paths for a role. */
    public Ledger withPaths(String role, List<String> claimed) {
        return new Ledger(added(paths, role, claimed), users, units, artifacts);
    }

    /** Gives up a role's claim; what nobody claims any more is forgotten. */
    public Ledger withoutPath(String role, String path) {
        return new Ledger(removed(paths, role, path), users, units, artifacts);
    }

    public Ledger withUser(String role, String user) {
        return new Ledger(paths, added(users, role, List.of(user)), units, artifacts);
    }

    public Ledger withoutUser(String role, String user) {
        return new Ledger(paths, removed(users, role, user), units, artifacts);
    }

    public Ledger withUnit(String name, UnitEntry entry) {
        var changed = new TreeMap<>(units);
        changed.put(name, entry);
        return new Ledger(paths, users, changed, artifacts);
    }

    public Ledger withoutUnit(String name) {
        var changed = new TreeMap<>(units);
        changed.remove(name);
        return new Ledger(paths, users, changed, artifacts);
    }

    public Ledger withArtifact(String name, ArtifactEntry entry) {
        var changed = new TreeMap<>(artifacts);
        changed.put(name, entry);
        return new Ledger(paths, users, units, changed);
    }

    public Ledger withoutArtifact(String name) {
        var changed = new TreeMap<>(artifacts);
        changed.remove(name);
        return new Ledger(paths, users, units, changed);
    }

    /** Roles that claim this path. */
    public Set<String> claimants(String path) {
        SortedSet<String> roles = paths.get(path);
        return roles == null ? Set.of() : roles;
    }

    private static SortedMap<String, SortedSet<String>> added(
            SortedMap<String, SortedSet<String>> map, String role, List<String> keys) {
        var changed = new TreeMap<>(map);
        for (String key : keys) {
            var roles = new TreeSet<>(changed.getOrDefault(key, new TreeSet<>()));
            roles.add(role);
            changed.put(key, roles);
        }
        return changed;
    }

    private static SortedMap<String, SortedSet<String>> removed(
            SortedMap<String, SortedSet<String>> map, String role, String key) {
        var changed = new TreeMap<>(map);
        var roles = new TreeSet<>(changed.getOrDefault(key, new TreeSet<>()));
        roles.remove(role);
        if (roles.isEmpty()) {
            changed.remove(key);
        } else {
            changed.put(key, roles);
        }
        return changed;
    }
}
