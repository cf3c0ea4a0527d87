package io.davit.cli.view;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.util.Map;
import java.util.Optional;

/**
 * The terminal on standard output, asked for its size by {@code ioctl(TIOCGWINSZ)} each time, so
 * that resizing needs no signal. {@code TERM=dumb} is none; {@code NO_COLOR} (no-color.org), set to
 * anything, takes the colours.
 */
public final class TerminalScreen implements Screen {

    private static final int STANDARD_OUTPUT = 1;
    private static final long LINUX_TIOCGWINSZ = 0x5413;
    private static final long MACOS_TIOCGWINSZ = 0x40087468;

    private final boolean able;
    private final boolean colour;

    private TerminalScreen(boolean able, boolean colour) {
        this.able = able;
        this.colour = colour;
    }

    /**
     * By the environment.
     *
     * @param colourWanted false: whatever the environment says
     */
    public static TerminalScreen of(Map<String, String> environment, boolean colourWanted) {
        String term = environment.getOrDefault("TERM", "");
        boolean able = !term.isEmpty() && !term.equals("dumb");
        return new TerminalScreen(
                able, colourWanted && environment.getOrDefault("NO_COLOR", "").isEmpty());
    }

    @Override
    public boolean colour() {
        return colour;
    }

    @Override
    public Optional<Size> size() {
        if (!able) {
            return Optional.empty();
        }
        boolean macos = System.getProperty("os.name", "").startsWith("Mac");
        try (var arena = Arena.ofConfined()) {
            var linker = Linker.nativeLinker();
            MethodHandle ioctl =
                    linker.downcallHandle(
                            linker.defaultLookup().findOrThrow("ioctl"),
                            FunctionDescriptor.of(
                                    ValueLayout.JAVA_INT,
                                    ValueLayout.JAVA_INT,
                                    ValueLayout.JAVA_LONG,
                                    ValueLayout.ADDRESS),
                            Linker.Option.firstVariadicArg(2));
            // struct winsize: rows, columns, and pixels that nobody fills
            MemorySegment size = arena.allocate(ValueLayout.JAVA_SHORT, 4);
            int answer =
                    (int)
                            ioctl.invokeExact(
                                    STANDARD_OUTPUT,
                                    macos ? MACOS_TIOCGWINSZ : LINUX_TIOCGWINSZ,
                                    size);
            if (answer != 0) {
                return Optional.empty(); // standard output is no terminal
            }
            int rows = Short.toUnsignedInt(size.getAtIndex(ValueLayout.JAVA_SHORT, 0));
            int columns = Short.toUnsignedInt(size.getAtIndex(ValueLayout.JAVA_SHORT, 1));
            return Optional.of(rows == 0 || columns == 0 ? Size.USUAL : new Size(columns, rows));
        } catch (Throwable e) { // as invokeExact declares
            if (e instanceof Error error) {
                throw error;
            }
            return Optional.empty();
        }
    }
}
