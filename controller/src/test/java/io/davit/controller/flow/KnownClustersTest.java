package io.davit.controller.flow;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.davit.controller.Specs;
import org.junit.jupiter.api.Test;

class KnownClustersTest {

    @Test
    void aNameThatNoClusterHasIsRefusedWithWhatWasMeant() throws Exception {
        try (var bench = new FlowBench()) {
            bench.apply(Specs.SMALL, bench.planned(Specs.SMALL));
            bench.idle();

            assertThatThrownBy(() -> KnownClusters.require(bench.stored, "smal"))
                    .hasMessageContaining("there is no cluster smal")
                    .hasMessageContaining("small")
                    .hasMessageContaining("davit clusters");
            assertThatCode(() -> KnownClusters.require(bench.stored, "small"))
                    .doesNotThrowAnyException();
            assertThatCode(() -> KnownClusters.require(bench.stored, ""))
                    .doesNotThrowAnyException();
            assertThat(bench.stored.list("smal", 1)).isEmpty();
        }
    }
}
