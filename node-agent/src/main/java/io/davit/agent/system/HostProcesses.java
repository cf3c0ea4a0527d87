package io.davit.agent.system;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.TimeUnit;

/** Programs on this host, without a shell and with a clean environment. */
public final class HostProcesses implements Processes {

    private static final int OUTPUT_CAP = 1024 * 1024;

    @Override
    public Finished run(Command command) throws IOException, InterruptedException {
        var builder = new ProcessBuilder(command.argv());
        var environment = builder.environment();
        environment.clear();
        environment.put("PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin");
        environment.put("LC_ALL", "C.UTF-8");
        environment.put("HOME", "/nonexistent");
        environment.putAll(command.environment());
        Process process = builder.start();
        var stdout = new Capture(process.getInputStream());
        var stderr = new Capture(process.getErrorStream());
        Thread.ofVirtual().start(stdout);
        Thread.ofVirtual().start(stderr);
        Thread.ofVirtual()
                .start(() -> {
                    try (var in = process.getOutputStream()) {
                        in.write(command.stdin());
                    } catch (IOException e) {
                        // it ended without reading everything: its exit code tells
                    }
                });
        try {
            boolean ended = process.waitFor(command.deadline().toMillis(), TimeUnit.MILLISECONDS);
            if (!ended) {
                process.descendants().forEach(ProcessHandle::destroyForcibly);
                process.destroyForcibly();
                process.waitFor(5, TimeUnit.SECONDS);
                return new Finished(Finished.DEADLINE, stdout.text(), stderr.text());
            }
            stdout.awaitEnd();
            stderr.awaitEnd();
            return new Finished(process.exitValue(), stdout.text(), stderr.text());
        } catch (InterruptedException e) {
            process.descendants().forEach(ProcessHandle::destroyForcibly);
            process.destroyForcibly();
            throw e;
        }
    }

    /** Reads to the end so that the program never blocks, and keeps the beginning. */
    private static final class Capture implements Runnable {

        private final InputStream from;
        private final ByteArrayOutputStream kept = new ByteArrayOutputStream();
        private final java.util.concurrent.CountDownLatch end =
                new java.util.concurrent.CountDownLatch(1);

        Capture(InputStream from) {
            this.from = from;
        }

        @Override
        public void run() {
            byte[] buffer = new byte[8192];
            try (from) {
                for (int n = from.read(buffer); n >= 0; n = from.read(buffer)) {
                    synchronized (kept) {
                        kept.write(buffer, 0, Math.min(n, OUTPUT_CAP - kept.size()));
                    }
                }
            } catch (IOException e) {
                // the program was killed
            } finally {
                end.countDown();
            }
        }

        /** A grandchild may hold the pipe open for longer than the program lives. */
        void awaitEnd() throws InterruptedException {
            end.await(2, TimeUnit.SECONDS);
        }

        String text() {
            synchronized (kept) {
                return kept.toString(StandardCharsets.UTF_8);
            }
        }
    }
}
