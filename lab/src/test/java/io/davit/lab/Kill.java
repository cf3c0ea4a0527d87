package io.davit.lab;

/** Shell text for hosts: watches for an effect and kills a daemon with SIGKILL. */
final class Kill {

    static final String JOURNAL = "/var/lib/davit/agent/journal";

    private Kill() {}

    /**
     * Waits closely, for ten minutes at most, for a condition inside a host; then does something.
     * Exit 9: it never came.
     */
    static String when(String condition, String then) {
        return "timeout 600 sh -c 'until %s; do sleep 0.003; done' || exit 9; %s"
                .formatted(condition.replace("'", "'\\''"), then);
    }

    static String agent() {
        return "kill -9 $(systemctl show -P MainPID davit-agent); echo killed";
    }

    static String controller() {
        return "kill -9 $(systemctl show -P MainPID davit); echo killed";
    }

    /** Kills the agent that runs already, with nothing between the condition and the signal. */
    static String agentAt(String condition, String then) {
        return "agent=$(systemctl show -P MainPID davit-agent); "
                + when(condition, "kill -9 $agent && echo killed; " + then);
    }

    /** A unit's job has been taken up by systemd: it has an invocation. */
    static String invoked(String unit) {
        return "[ -L /run/systemd/units/invocation:" + unit + ".service ]";
    }

    /** Says {@code before done} unless the agent's journal says that this step is. */
    static String beforeDone(String step) {
        return "grep -qs 'DONE.*\"step\":\"%s\"' %s || echo before done".formatted(step, JOURNAL);
    }
}
