package io.davit.agent.health;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.Test;

final class EtcdSnapshotStatusTest {

    @Test
    void bothFormsAreRead() throws IOException {
        assertThat(
                        Etcd.snapshot(
                                "{\"hash\":3883741223,\"revision\":52,\"totalKey\":61,\"totalSize\":20480}\n"))
                .as("etcdctl 3.4")
                .isEqualTo(new Etcd.Snapshot((int) 3883741223L, 52, 61, 20480));
        assertThat(
                        Etcd.snapshot(
                                "{\"hash\":7,\"revision\":52,\"totalKey\":61,\"totalSize\":20480,\"version\":\"3.6.0\"}"))
                .as("etcdutl 3.6")
                .isEqualTo(new Etcd.Snapshot(7, 52, 61, 20480));
    }

    @Test
    void whatIsNotExactlyThatIsRefused() {
        String right = "{\"hash\":7,\"revision\":52,\"totalKey\":61,\"totalSize\":20480}";
        for (String wrong :
                List.of(
                        "",
                        "fe01cf57, 10, 7, 2.1 MB",
                        "[]",
                        right.replace("\"hash\":7,", ""),
                        right.replace("\"hash\":7", "\"hash\":4294967296"),
                        right.replace("\"hash\":7", "\"hash\":-1"),
                        right.replace("52", "\"52\""),
                        right.replace("52", "52.5"),
                        right.replace("52", "null"),
                        right.replace("61", "99999999999999999999"))) {
            assertThatThrownBy(() -> Etcd.snapshot(wrong))
                    .as(wrong)
                    .isInstanceOf(IOException.class)
                    .hasMessageContaining("the snapshot's status");
        }
    }
}
