package io.davit.controller.flow;

import static org.assertj.core.api.Assertions.assertThat;

import io.davit.controller.BadSpecs;
import io.davit.controller.audit.AuditRow;
import io.davit.controller.store.Table;
import org.junit.jupiter.api.Test;

/** Every bad spec is planned and applied on a whole fleet: nothing happens there. */
class BadSpecsFlowTest {

    /** Those that are bad only for what a catalogue knows, or does not. */
    private static boolean needsNoCatalogue(BadSpecs.Case bad) {
        return bad.problems().stream()
                .anyMatch(
                        p -> p.contains(".version missing |") || p.contains("unknown-k3s-version"));
    }

    @Test
    void noBadSpecReachesAnyHostOrIsRemembered() throws Exception {
        try (var bench = new FlowBench()) {
            // no channel tells a newest version, so that a missing one is a problem too
            var cases = BadSpecs.all().stream().filter(bad -> !needsNoCatalogue(bad)).toList();
            for (BadSpecs.Case bad : cases) {
                assertThat(bench.plan(bad.yaml())).as(bad.name()).isInstanceOf(Flow.Invalid.class);
                assertThat(bench.apply(bad.yaml())).as(bad.name()).isInstanceOf(Flow.Invalid.class);
            }
            assertThat(bench.fleet().applied()).isEmpty();
            assertThat(bench.fleet().hosts())
                    .as("every host is as it was")
                    .allSatisfy(
                            host -> assertThat(host.observation().orElseThrow().roles()).isEmpty());
            assertThat(bench.records.all(new Table<>("audit", AuditRow.class))).isEmpty();
            System.out.printf(
                    "spec: %d bad specs planned and applied, %d steps reached the fleet%n",
                    cases.size(), bench.fleet().applied().size());
            assertThat(cases).hasSizeGreaterThan(60);
        }
    }
}
