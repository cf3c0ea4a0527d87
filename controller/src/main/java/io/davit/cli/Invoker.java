package io.davit.cli;

import io.davit.common.AtomicFiles.Ownership;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/**
 * The person behind sudo, or whoever runs the command.
 *
 * @param ownership what files for them must be given; empty: nothing to change
 */
record Invoker(Path home, Optional<Ownership> ownership) {

    static Invoker current() {
        String user = System.getenv("SUDO_USER");
        if (user == null
                || user.isEmpty()
                || user.equals("root")
                || !user.matches("[A-Za-z0-9._-]{1,64}")) {
            return new Invoker(Path.of(System.getProperty("user.home")), Optional.empty());
        }
        String[] passwd = lookUp("passwd", user).split(":", -1);
        if (passwd.length < 7) {
            throw new CliException(
                    ExitCode.FAILED,
                    "cannot find the home of " + user + ": they are no user of this machine",
                    "choose a folder with --out DIR");
        }
        String group = lookUp("group", passwd[3]).split(":", -1)[0];
        return new Invoker(Path.of(passwd[5]), Optional.of(new Ownership(user, group)));
    }

    private static String lookUp(String database, String key) {
        try {
            Process process =
                    new ProcessBuilder("getent", database, key).redirectErrorStream(true).start();
            String answer =
                    new String(process.getInputStream().readNBytes(4096), StandardCharsets.UTF_8);
            if (!process.waitFor(5, TimeUnit.SECONDS)) {
                process.destroyForcibly();
                return "";
            }
            return answer.strip();
        } catch (IOException e) {
            return "";
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return "";
        }
    }
}
