package io.davit.agent.step;

import java.io.IOException;
import java.io.InputStream;

/** Stops a small archive that never ends when unpacked. */
public final class BoundedStream extends InputStream {

    private final InputStream in;
    private final long longest;
    private long left;

    /**
     * @param longest bytes that may be read of it
     */
    public BoundedStream(InputStream in, long longest) {
        this.in = in;
        this.longest = longest;
        this.left = longest;
    }

    @Override
    public int read() throws IOException {
        byte[] one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] buffer, int offset, int length) throws IOException {
        int n = in.read(buffer, offset, length);
        left -= Math.max(n, 0);
        if (left < 0) {
            throw new IOException("it unpacks to more than " + longest + " bytes");
        }
        return n;
    }

    @Override
    public void close() throws IOException {
        in.close();
    }
}
