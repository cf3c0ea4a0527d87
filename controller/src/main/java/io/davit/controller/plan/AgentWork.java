package io.davit.controller.plan;

import io.davit.controller.plan.Catalog.ArtifactFile;
import java.time.Duration;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** The closed set of things an agent may be told to do; the same set as on the wire. */
public sealed interface AgentWork extends Work {

    /**
     * An exact published file at its place.
     *
     * @param version as published: "v1.34.1+k3s1", "3.5.16"
     * @param sha256 of the file as published, lower-case hex
     * @param fileName as published
     */
    record EnsureArtifact(
            String artifact,
            String version,
            String arch,
            String sha256,
            long sizeBytes,
            String fileName)
            implements AgentWork {
        @Override
        public String what() {
            return artifact + " " + version + " (" + arch + ")";
        }
    }

    /**
     * An OS package named in the profile.
     *
     * @param version empty: any installed one is right, else what the OS offers
     */
    record EnsurePackage(String packageName, String version) implements AgentWork {
        @Override
        public String what() {
            return version.isEmpty() ? packageName : packageName + " " + version;
        }
    }

    /**
     * The same from a set that the controller holds: the host's own sources are not asked.
     *
     * @param offered the version that the set has
     */
    record EnsureHeldPackage(String packageName, String offered, ArtifactFile set)
            implements AgentWork {
        @Override
        public String what() {
            return "%s %s (held for %s)".formatted(packageName, offered, set.version());
        }
    }

    /** A key made on the host and a certificate that the controller signs for it. */
    record EnsureCertificate(String slot, CertificateProfile profile) implements AgentWork {
        @Override
        public String what() {
            return slot;
        }
    }

    /**
     * The content of a file place.
     *
     * @param secret the slot holds a secret: its digest is an HMAC and its diff is masked
     * @param previousDigest the slot digest that must be there now; empty: the file must not exist
     */
    record WriteFile(String slot, Content content, boolean secret, String previousDigest)
            implements AgentWork {
        @Override
        public String what() {
            return slot;
        }
    }

    /**
     * A unit's file, enablement and state.
     *
     * @param restartBecause inputs that differ from what the unit was started with; empty: no
     *     restart
     * @param allowDowntime a person has accepted that the service is away meanwhile
     */
    record EnsureService(
            String unit,
            Desired desired,
            Map<String, String> parameters,
            List<String> restartBecause,
            boolean allowDowntime)
            implements AgentWork {

        public EnsureService {
            parameters = Collections.unmodifiableSortedMap(new TreeMap<>(parameters));
            restartBecause = List.copyOf(restartBecause);
        }

        @Override
        public String what() {
            return unit;
        }
    }

    /** Of a unit. */
    enum Desired {
        /** Enabled and active, started with today's inputs. */
        RUNNING,
        /** Disabled and inactive. */
        STOPPED
    }

    /** A named action of the profile. */
    record RunAction(String action, Map<String, String> args) implements AgentWork {

        public RunAction {
            args = Collections.unmodifiableSortedMap(new TreeMap<>(args));
        }

        @Override
        public String what() {
            return action;
        }
    }

    /**
     * Users, directories, kernel modules, sysctls as the profile declares them.
     *
     * @param unprepared what is missing, as the host says; for people
     */
    record PrepareRole(List<String> unprepared) implements AgentWork {

        public PrepareRole {
            unprepared = List.copyOf(unprepared);
        }

        @Override
        public String what() {
            return unprepared.isEmpty() ? "users, directories" : String.join(", ", unprepared);
        }
    }

    /** Waits until all probes succeed for {@code stableFor} without a break. */
    record AwaitHealthy(List<ProbeCall> probes, Duration stableFor) implements AgentWork {

        public AwaitHealthy {
            probes = List.copyOf(probes);
        }

        @Override
        public String what() {
            return String.join(", ", probes.stream().map(ProbeCall::toString).toList());
        }
    }

    /**
     * Ends a role on a host. Destructive, so it accepts only an id that is known.
     *
     * @param host the HostId it is meant for
     * @param wholeCluster every member of the cluster ends: there is no quorum to keep
     */
    record RemoveRole(Ref.Known host, Disposal data, boolean wholeCluster) implements AgentWork {
        @Override
        public String what() {
            return "role and " + (data == Disposal.DESTROY ? "its data" : "not its data");
        }
    }

    /**
     * A file that the agent makes, sends and removes again.
     *
     * @param blob what of the role: "snapshot"
     * @param name under which the controller keeps it
     */
    record StoreBlob(String blob, String name) implements AgentWork {
        @Override
        public String what() {
            return blob + " " + name;
        }
    }

    /** Of a removed role's data. */
    enum Disposal {
        KEEP,
        DESTROY
    }
}
