package io.davit.agent.profile;

import java.util.Optional;

/**
 * A named file place.
 *
 * @param name the wire name, {@code <role>.<what>}
 * @param mode permission bits
 * @param limitBytes the longest content that is accepted
 * @param secret its digest on the wire is an HMAC, and its content is never shown
 * @param writtenOnce another content than the one that is there is refused: the service may have
 *     changed it since (k3s rotates its CAs itself)
 * @param judge a program that is asked as well
 * @param optional a unit that reads it starts without it too
 */
public record Slot(
        String name,
        String path,
        int mode,
        String owner,
        String group,
        int limitBytes,
        boolean secret,
        boolean writtenOnce,
        Validator validator,
        Optional<OutsideJudge> judge,
        boolean optional) {

    private static final int LIMIT = 256 * 1024;

    static Slot of(
            String name, String path, int mode, String owner, String group, Validator validator) {
        return new Slot(
                name,
                path,
                mode,
                owner,
                group,
                LIMIT,
                false,
                false,
                validator,
                Optional.empty(),
                false);
    }

    static Slot secret(String name, String path, Validator validator) {
        return new Slot(
                name,
                path,
                0600,
                "root",
                "root",
                LIMIT,
                true,
                false,
                validator,
                Optional.empty(),
                false);
    }

    Slot judgedBy(OutsideJudge program) {
        return with(writtenOnce, Optional.of(program), optional);
    }

    Slot once() {
        return with(true, judge, optional);
    }

    Slot ifWanted() {
        return with(writtenOnce, judge, true);
    }

    private Slot with(boolean once, Optional<OutsideJudge> program, boolean ifWanted) {
        return new Slot(
                name,
                path,
                mode,
                owner,
                group,
                limitBytes,
                secret,
                once,
                validator,
                program,
                ifWanted);
    }
}
