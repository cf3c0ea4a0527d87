package io.davit.agent.system;

import java.io.IOException;
import java.util.List;

/**
 * systemd. Start, restart and stop only queue the job: a unit of type notify may be long on its way
 * (K3S install.sh, {@code TimeoutStartSec=0}), so whoever needs it waits by its status.
 */
public interface Systemd extends UnitView {

    void reload() throws IOException, InterruptedException;

    /** Has systemd read all unit files anew as well: systemctl(1), enable. */
    void enable(String unit) throws IOException, InterruptedException;

    void disable(String unit) throws IOException, InterruptedException;

    void mask(String unit) throws IOException, InterruptedException;

    void unmask(String unit) throws IOException, InterruptedException;

    void start(String unit) throws IOException, InterruptedException;

    void restart(String unit) throws IOException, InterruptedException;

    /**
     * Has a running service read its configuration again, and waits for it.
     *
     * @throws IOException if it refuses, for example since the configuration is wrong
     */
    void reload(String unit) throws IOException, InterruptedException;

    void stop(String unit) throws IOException, InterruptedException;

    /** Forgets that it failed. */
    void resetFailed(String unit) throws IOException, InterruptedException;

    /** The last lines of its log, oldest first; none if they cannot be had. */
    List<String> log(String unit, int lines) throws InterruptedException;
}
