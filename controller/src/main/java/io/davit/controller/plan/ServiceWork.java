package io.davit.controller.plan;

import io.davit.controller.observe.RoleInventory.UnitState;
import io.davit.controller.plan.AgentWork.Desired;
import io.davit.controller.plan.AgentWork.EnsureService;
import io.davit.controller.plan.Reason.Why;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Drafts the step of one unit.
 *
 * <ol>
 *   <li>A unit that does not run is started.
 *   <li>One that runs is restarted exactly where it was started with other inputs than are wanted;
 *       it is reloaded where all of these are inputs that a reload reads.
 *   <li>One whose file, parameters or enablement differ is brought in line without a restart.
 *   <li>Else nothing is drafted.
 * </ol>
 */
public final class ServiceWork {

    /** What a service step will do. */
    public enum Change {
        NOTHING,
        IN_LINE,
        START,
        RELOAD,
        RESTART
    }

    /**
     * What is away while the unit restarts, if it serves now.
     *
     * @param alone no other host would serve meanwhile
     */
    public record Downtime(boolean alone, String text, String cause) {
        public static final Downtime NONE = new Downtime(false, "", "");
    }

    private final HostWork work;
    private final String unit;
    private final Map<String, String> parameters;
    private final List<String> quietParameters;
    private final Set<String> reloaded;
    private final List<String> causes;
    private final Change change;

    /**
     * @param quietParameters parameters whose change needs no restart
     */
    public ServiceWork(
            HostWork work,
            String unit,
            Map<String, String> parameters,
            List<String> quietParameters) {
        this(work, unit, parameters, quietParameters, Set.of());
    }

    /**
     * A unit that reads some of its inputs anew when it is reloaded.
     *
     * @param reloaded these inputs, as the agent's profile names them
     */
    public static ServiceWork reloading(HostWork work, String unit, Set<String> reloaded) {
        return new ServiceWork(work, unit, Map.of(), List.of(), reloaded);
    }

    private ServiceWork(
            HostWork work,
            String unit,
            Map<String, String> parameters,
            List<String> quietParameters,
            Set<String> reloaded) {
        this.work = work;
        this.reloaded = Set.copyOf(reloaded);
        this.unit = unit;
        this.parameters = Map.copyOf(parameters);
        this.quietParameters = List.copyOf(quietParameters);
        var state = work.inventory().unit(unit);
        this.causes = state.filter(UnitState::running).map(this::restartCauses).orElse(List.of());
        this.change = change(state);
    }

    public Change change() {
        return change;
    }

    /** It runs now and has said that it is ready, and nothing will be done to it. */
    public boolean settled() {
        return (change == Change.NOTHING || change == Change.IN_LINE) && serves();
    }

    /** It will restart, and nobody misses it meanwhile: it serves nothing now. */
    public boolean restartsUnnoticed() {
        return change == Change.RESTART && !serves();
    }

    /** It has said that it is ready; one that dies again and again has not. */
    private boolean serves() {
        return work.inventory().unit(unit).map(UnitState::active).orElse(false);
    }

    private Change change(Optional<UnitState> state) {
        if (state.isEmpty() || !state.get().running()) {
            return Change.START;
        }
        if (!causes.isEmpty()) {
            return reloaded.containsAll(causes) ? Change.RELOAD : Change.RESTART;
        }
        boolean same =
                state.get().enabled()
                        && state.get().unitFileCurrent()
                        && state.get().parameters().equals(parameters);
        return same ? Change.NOTHING : Change.IN_LINE;
    }

    private List<String> restartCauses(UnitState state) {
        var found = new ArrayList<String>();
        work.wantedInputs()
                .forEach((input, wanted) -> {
                    if (wanted.isEmpty() || !wanted.get().equals(state.startedWith().get(input))) {
                        found.add(input);
                    }
                });
        state.startedWith()
                .forEach((input, digest) -> {
                    boolean other =
                            !work.wantedInputs().containsKey(input)
                                    && state.inputsNow().containsKey(input)
                                    && !digest.equals(state.inputsNow().get(input));
                    if (other && !quiet(input)) {
                        found.add(input);
                    }
                });
        parameters.forEach((name, value) -> {
            String input = "parameter:" + name;
            if (!quiet(input)
                    && !value.equals(state.parameters().get(name))
                    && !found.contains(input)) {
                found.add(input);
            }
        });
        return List.copyOf(found);
    }

    private boolean quiet(String input) {
        return quietParameters.stream().anyMatch(name -> input.equals("parameter:" + name));
    }

    /**
     * Drafts the step, if there is anything to do.
     *
     * @param cameUp the role has been up on this host before: a restart is felt
     * @return the id of the step
     */
    public Optional<String> draft(boolean cameUp, Downtime downtime, List<String> after) {
        return switch (change) {
            case NOTHING -> Optional.empty();
            case IN_LINE ->
                    Optional.of(
                            add(
                                    "service." + unit,
                                    inLine(),
                                    Effect.NONE,
                                    "",
                                    false,
                                    parameters,
                                    after));
            case START -> {
                var reason =
                        new Reason(
                                Why.NOT_RUNNING,
                                work.inventory().unit(unit).isEmpty() ? "new" : "");
                yield Optional.of(
                        add("service." + unit, reason, Effect.START, "", false, parameters, after));
            }
            case RELOAD ->
                    Optional.of(
                            add(
                                    "service." + unit,
                                    new Reason(Why.INPUTS_CHANGED, said()),
                                    Effect.RELOAD,
                                    "",
                                    false,
                                    parameters,
                                    after));
            case RESTART -> Optional.of(restart(cameUp, downtime, after));
        };
    }

    /** A later change of the unit's parameters in the same plan, which restarts nothing. */
    public void draftAfterwards(Map<String, String> then, List<String> after) {
        add(
                "service." + unit + "-afterwards",
                new Reason(Why.ORDER, "after bootstrap"),
                Effect.NONE,
                "",
                false,
                then,
                after);
    }

    /** A reload later in the same plan, once one of its inputs has changed again. */
    public static String reloadAfterwards(
            HostWork work, String unit, List<String> because, Reason reason) {
        String id = work.stepId("service." + unit + "-afterwards");
        work.draft()
                .add(
                        new Step(
                                id,
                                work.host().name(),
                                Optional.of(work.host().id()),
                                work.inventory().role(),
                                new EnsureService(unit, Desired.RUNNING, Map.of(), because, false),
                                reason,
                                List.of(),
                                Effect.RELOAD,
                                "",
                                Deadlines.SERVICE,
                                List.of(),
                                ""));
        return id;
    }

    private Reason inLine() {
        return new Reason(Why.DIFFERS, "unit file, parameters or enablement");
    }

    private String restart(boolean cameUp, Downtime downtime, List<String> after) {
        var reason = new Reason(Why.INPUTS_CHANGED, said());
        boolean felt = cameUp && serves() && downtime.alone();
        if (felt && !work.world().allowDowntime()) {
            work.draft()
                    .block(
                            new Blocker(
                                    work.host().name(),
                                    role(),
                                    work.stepId("service." + unit),
                                    "cannot restart "
                                            + unit
                                            + " on "
                                            + work.host().name()
                                            + ": "
                                            + downtime.cause(),
                                    "accept it with --allow-downtime; it restarts because of "
                                            + said()));
        }
        return add(
                "service." + unit,
                reason,
                cameUp ? Effect.RESTART : Effect.START,
                felt ? downtime.text() : "",
                !cameUp || work.world().allowDowntime(),
                parameters,
                after);
    }

    /** The causes, for people. */
    private String said() {
        return String.join(", ", causes.stream().map(work::cause).toList());
    }

    private String role() {
        return work.inventory().role();
    }

    private String add(
            String what,
            Reason reason,
            Effect effect,
            String downtime,
            boolean allowDowntime,
            Map<String, String> values,
            List<String> after) {
        String id = work.stepId(what);
        work.draft()
                .add(
                        new Step(
                                id,
                                work.host().name(),
                                Optional.of(work.host().id()),
                                role(),
                                new EnsureService(
                                        unit,
                                        Desired.RUNNING,
                                        values,
                                        (change == Change.RESTART || change == Change.RELOAD)
                                                        && !what.endsWith("-afterwards")
                                                ? causes
                                                : List.of(),
                                        allowDowntime),
                                reason,
                                after,
                                effect,
                                downtime,
                                Deadlines.SERVICE,
                                List.of(),
                                ""));
        return id;
    }
}
