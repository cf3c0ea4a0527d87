package io.davit.agent.step;

import io.davit.agent.observe.Effect;
import java.util.List;

/** What a check found. */
sealed interface Finding {

    /** The host is as the step wants it. */
    record Same() implements Finding {}

    /**
     * The step would change something.
     *
     * @param change one line for people
     * @param diff of a file, secrets masked; empty where there is nothing to show
     * @param deferred what cannot be checked before earlier steps are really done
     * @param effects what later checks must see
     */
    record Different(
            String change,
            String diff,
            List<String> deferred,
            boolean restarts,
            List<Effect> effects)
            implements Finding {
        public Different {
            deferred = List.copyOf(deferred);
            effects = List.copyOf(effects);
        }

        static Different of(String change, List<Effect> effects) {
            return new Different(change, "", List.of(), false, effects);
        }
    }

    /** It cannot be told without doing it. */
    record Unclear(String why) implements Finding {}
}
