package io.davit.cli.doctor;

import io.davit.common.AtomicFiles;
import java.io.IOException;
import java.net.InetAddress;
import java.net.NetworkInterface;
import java.net.SocketException;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;

/** The machine that the command runs on. */
public final class ThisMachine implements Surroundings {

    private static final int LONGEST = 4 << 20;
    private static final int SECONDS = 5;

    @Override
    public Optional<String> text(String path) {
        try (var in = Files.newInputStream(Path.of(path))) {
            return Optional.of(new String(in.readNBytes(LONGEST), StandardCharsets.UTF_8));
        } catch (IOException e) {
            return Optional.empty();
        }
    }

    @Override
    public boolean exists(String path) {
        return Files.exists(Path.of(path));
    }

    @Override
    public Optional<Integer> mode(String path) {
        try {
            Set<PosixFilePermission> held = Files.getPosixFilePermissions(Path.of(path));
            for (int mode = 0; mode <= 0777; mode++) {
                if (AtomicFiles.permissions(mode).equals(held)) {
                    return Optional.of(mode);
                }
            }
            return Optional.empty();
        } catch (IOException e) {
            return Optional.empty();
        }
    }

    @Override
    public Optional<String> run(String... argv) throws InterruptedException {
        try {
            Process process =
                    new ProcessBuilder(argv)
                            .redirectError(ProcessBuilder.Redirect.DISCARD)
                            .redirectInput(Path.of("/dev/null").toFile())
                            .start();
            byte[] answer = process.getInputStream().readNBytes(LONGEST);
            if (!process.waitFor(SECONDS, TimeUnit.SECONDS)) {
                process.destroyForcibly();
                return Optional.empty();
            }
            return process.exitValue() == 0
                    ? Optional.of(new String(answer, StandardCharsets.UTF_8))
                    : Optional.empty();
        } catch (IOException e) {
            return Optional.empty();
        }
    }

    @Override
    public Disk disk(String directory) throws IOException {
        Path there = Path.of(directory);
        while (!Files.isDirectory(there)) {
            Path above = there.getParent();
            if (above == null) {
                throw new IOException("there is no directory above " + directory);
            }
            there = above;
        }
        var store = Files.getFileStore(there);
        return new Disk(there.toString(), store.type(), store.getUsableSpace());
    }

    @Override
    public List<String> resolve(String name) {
        try {
            return Arrays.stream(InetAddress.getAllByName(name))
                    .map(InetAddress::getHostAddress)
                    .toList();
        } catch (UnknownHostException e) {
            return List.of();
        }
    }

    @Override
    public List<String> addresses() {
        try {
            return NetworkInterface.networkInterfaces()
                    .flatMap(NetworkInterface::inetAddresses)
                    .map(address -> address.getHostAddress().replaceFirst("%.*", ""))
                    .toList();
        } catch (SocketException e) {
            return List.of();
        }
    }
}
