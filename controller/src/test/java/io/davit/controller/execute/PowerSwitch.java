package io.davit.controller.execute;

/** Cuts the controller's power at a chosen durable write: that one and all later ones are lost. */
final class PowerSwitch {

    private int writes;
    private int cutAt = Integer.MAX_VALUE;
    private int full;

    /** What a write meets after the cut. */
    static final class PowerCut extends RuntimeException {
        private static final long serialVersionUID = 1L;
    }

    synchronized void write() {
        writes++;
        if (full > 0 && writes >= 5) {
            full--;
            throw new IllegalStateException("the disk is full");
        }
        if (writes >= cutAt) {
            throw new PowerCut();
        }
    }

    /** From the fifth write from now on so many do not come through. */
    synchronized void fullFor(int writesThatFail) {
        writes = 0;
        full = writesThatFail;
    }

    synchronized int writes() {
        return writes;
    }

    synchronized void cutAt(int write) {
        writes = 0;
        cutAt = write;
    }
}
