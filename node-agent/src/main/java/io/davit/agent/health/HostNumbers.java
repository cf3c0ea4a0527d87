package io.davit.agent.health;

import io.davit.agent.profile.Catalogue;
import io.davit.agent.profile.Directory;
import io.davit.agent.profile.Profile;
import io.davit.agent.system.FileView;
import io.davit.common.Pem;
import io.davit.proto.agent.v1.CertificateLife;
import io.davit.proto.agent.v1.FileSystemSpace;
import io.davit.proto.agent.v1.HealthReport;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Disk, memory, and how long the installed certificates live. */
final class HostNumbers {

    private static final String OWN_DIRECTORY = "/var/lib/davit";
    private static final int LIMIT = 64 * 1024;

    /** "/var/lib/etcd", and not what lies deeper on the same disk. */
    private static final int DEPTH = 4;

    private static final Pattern TOTAL = Pattern.compile("MemTotal:\\s+([0-9]{1,15}) kB");
    private static final Pattern AVAILABLE = Pattern.compile("MemAvailable:\\s+([0-9]{1,15}) kB");

    /** By which the agent is known to its controller. */
    private static final String IDENTITY = OWN_DIRECTORY + "/agent/identity/chain.pem";

    private final Catalogue catalogue;
    private final FileView files;

    HostNumbers(Catalogue catalogue, FileView files) {
        this.catalogue = catalogue;
        this.files = files;
    }

    /** Adds them; what cannot be read is left out. */
    void addTo(HealthReport.Builder report, Set<String> roles) {
        addMemory(report);
        var directories = new TreeSet<String>();
        directories.add(OWN_DIRECTORY);
        for (Profile profile : catalogue.profiles()) {
            if (roles.contains(profile.role())) {
                profile.directories().stream()
                        .filter(Directory::data)
                        .map(Directory::path)
                        .filter(path -> path.split("/", -1).length <= DEPTH)
                        .forEach(directories::add);
                profile.certificates()
                        .forEach(slot ->
                                life(profile.role(), slot.name(), slot.certificatePath())
                                        .ifPresent(report::addCertificates));
            }
        }
        life("agent", "identity", IDENTITY).ifPresent(report::addCertificates);
        directories.forEach(directory -> space(directory).ifPresent(report::addFileSystems));
    }

    private void addMemory(HealthReport.Builder report) {
        try {
            String text = new String(files.read("/proc/meminfo", LIMIT), StandardCharsets.US_ASCII);
            report.setMemoryBytes(kilobytes(TOTAL, text));
            report.setMemoryAvailableBytes(kilobytes(AVAILABLE, text));
        } catch (IOException e) {
            // left out
        }
    }

    private static long kilobytes(Pattern line, String text) {
        Matcher found = line.matcher(text);
        return found.find() ? Long.parseLong(found.group(1)) * 1024 : 0;
    }

    private Optional<FileSystemSpace> space(String directory) {
        try {
            if (files.status(directory).isEmpty()) {
                return Optional.empty();
            }
            return Optional.of(
                    FileSystemSpace.newBuilder()
                            .setDirectory(directory)
                            .setSizeBytes(files.sizeBytes(directory))
                            .setFreeBytes(files.freeBytes(directory))
                            .build());
        } catch (IOException e) {
            return Optional.empty();
        }
    }

    private Optional<CertificateLife> life(String role, String slot, String path) {
        try {
            if (files.status(path).isEmpty()) {
                return Optional.empty();
            }
            String pem = new String(files.read(path, LIMIT), StandardCharsets.UTF_8);
            return Optional.of(
                    CertificateLife.newBuilder()
                            .setRole(role)
                            .setSlot(slot)
                            .setNotAfterMs(Pem.certificates(pem).getFirst().getNotAfter().getTime())
                            .build());
        } catch (IOException | IllegalArgumentException e) {
            return Optional.empty();
        }
    }
}
