package io.davit.cli.kubeconfig;

import io.davit.cli.kubeconfig.KubeconfigFile.LockedException;
import io.davit.controller.disk.OpenFolder;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * Keeps kubectl, and another davit, from a kubeconfig while it is changed.
 *
 * <p>It is kubectl's own convention: {@code PATH.lock}, created where there is none, removed
 * afterwards. An OS lock would die with its process by itself, but kubectl asks for none, so it
 * would keep nobody out. What the convention lacks is made up for: when the process is told to end
 * (Ctrl-C, SIGTERM), the change under way is let finish for a moment, then the file is removed. A
 * kill -9 leaves it, as it leaves kubectl's.
 *
 * @see <a
 *     href="https://github.com/kubernetes/client-go/blob/master/tools/clientcmd/config.go">lockFile
 *     in client-go</a>
 */
final class LockFile implements AutoCloseable {

    private static final Duration TO_FINISH = Duration.ofSeconds(1);

    private final OpenFolder folder;
    private final String name;
    private final CountDownLatch done = new CountDownLatch(1);
    private final Thread atTheEnd = new Thread(this::endOfProcess, "kubeconfig-lock");
    private boolean held;
    private boolean ending;

    private LockFile(OpenFolder folder, String name) {
        this.folder = folder;
        this.name = name;
    }

    /**
     * Takes the lock.
     *
     * @param path of the lock, for people
     */
    static LockFile take(OpenFolder folder, String name, Path path) throws IOException {
        var lock = new LockFile(folder, name);
        try {
            Runtime.getRuntime().addShutdownHook(lock.atTheEnd);
        } catch (IllegalStateException e) {
            throw new IOException("the process is ending", e);
        }
        try {
            lock.create();
            return lock;
        } catch (FileAlreadyExistsException e) {
            throw new LockedException(path);
        } finally {
            if (!lock.isHeld()) {
                lock.forgetHook();
            }
        }
    }

    private synchronized void create() throws IOException {
        if (ending) {
            throw new IOException("the process is ending");
        }
        folder.create(name);
        held = true;
    }

    private synchronized boolean isHeld() {
        return held;
    }

    private void endOfProcess() {
        try {
            if (isHeld()) {
                done.await(TO_FINISH.toMillis(), TimeUnit.MILLISECONDS);
            }
            remove(true);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private synchronized void remove(boolean forEver) throws IOException {
        ending |= forEver;
        if (held) {
            held = false;
            folder.delete(name);
        }
    }

    private void forgetHook() {
        try {
            Runtime.getRuntime().removeShutdownHook(atTheEnd);
        } catch (IllegalStateException e) {
            // it runs
        }
    }

    @Override
    public void close() throws IOException {
        remove(false);
        done.countDown();
        forgetHook();
    }
}
