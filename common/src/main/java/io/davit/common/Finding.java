package io.davit.common;

/**
 * One thing that a doctor looked at.
 *
 * @param what was looked at: "port 7443"
 * @param said what was found, for people
 * @param remedy what to do about it; empty where there is nothing to do
 */
public record Finding(Level level, String what, String said, String remedy) {

    /** How much it matters. */
    public enum Level {
        /** As it should be. */
        OK("ok"),
        /** It works, but somebody should know. */
        WARN("warn"),
        /** It will not work like this. */
        FAIL("fail");

        private final String text;

        Level(String text) {
            this.text = text;
        }

        /** As it is printed. */
        public String text() {
            return text;
        }
    }

    /** As it should be. */
    public static Finding ok(String what, String said) {
        return new Finding(Level.OK, what, said, "");
    }

    /** It works, but somebody should know. */
    public static Finding warn(String what, String said, String remedy) {
        return new Finding(Level.WARN, what, said, remedy);
    }

    /** It will not work like this. */
    public static Finding fail(String what, String said, String remedy) {
        return new Finding(Level.FAIL, what, said, remedy);
    }
}
