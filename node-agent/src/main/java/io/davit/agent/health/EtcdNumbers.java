package io.davit.agent.health;

import java.io.IOException;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * etcd's own metrics (text format, from the listener on loopback): they cost no process and no
 * certificate, unlike etcdctl. Names as in etcd 3.4 to 3.6.
 */
final class EtcdNumbers {

    private static final String URL = "http://127.0.0.1:2381/metrics";

    /** A member of a busy cluster says 100 to 200 KiB. */
    private static final int BODY_LIMIT = 2 * 1024 * 1024;

    private static final String HAS_LEADER = "etcd_server_has_leader";
    private static final String IS_LEADER = "etcd_server_is_leader";
    private static final String IS_LEARNER = "etcd_server_is_learner";
    private static final String SIZE = "etcd_mvcc_db_total_size_in_bytes";
    private static final String IN_USE = "etcd_mvcc_db_total_size_in_use_in_bytes";
    private static final String QUOTA = "etcd_server_quota_backend_bytes";
    private static final Set<String> WANTED =
            Set.of(HAS_LEADER, IS_LEADER, IS_LEARNER, SIZE, IN_USE, QUOTA);

    private EtcdNumbers() {}

    static Map<String, String> read(Duration deadline) throws ProbeFailedException, IOException {
        var answer = LocalHttp.get(URL, deadline, BODY_LIMIT);
        if (answer.status() != 200) {
            throw new ProbeFailedException("GET /metrics answered " + answer.status());
        }
        return judge(answer.body());
    }

    static Map<String, String> judge(String text) throws ProbeFailedException {
        Map<String, Long> numbers = numbers(text);
        if (!numbers.containsKey(HAS_LEADER)) {
            throw new ProbeFailedException("its metrics do not say whether it has a leader");
        }
        var details = new TreeMap<String, String>();
        boolean hasLeader = numbers.getOrDefault(HAS_LEADER, 0L) == 1;
        long size = numbers.getOrDefault(SIZE, 0L);
        long quota = numbers.getOrDefault(QUOTA, 0L);
        details.put("has-leader", String.valueOf(hasLeader));
        details.put("leader", String.valueOf(numbers.getOrDefault(IS_LEADER, 0L) == 1));
        details.put("learner", String.valueOf(numbers.getOrDefault(IS_LEARNER, 0L) == 1));
        details.put("db-bytes", String.valueOf(size));
        details.put("db-in-use-bytes", String.valueOf(numbers.getOrDefault(IN_USE, 0L)));
        details.put("db-quota-bytes", String.valueOf(quota));
        if (!hasLeader) {
            throw new ProbeFailedException("it has no leader", details);
        }
        if (quota > 0 && size >= quota) {
            throw new ProbeFailedException(
                    "NOSPACE: its database has %d bytes, of %d that it may have"
                            .formatted(size, quota),
                    details);
        }
        return details;
    }

    private static Map<String, Long> numbers(String text) {
        var numbers = new HashMap<String, Long>();
        text.lines()
                .forEach(line -> {
                    int space = line.indexOf(' ');
                    if (space > 0 && WANTED.contains(line.substring(0, space))) {
                        try {
                            // gauges are floating point: "2.4576e+04"
                            double value = Double.parseDouble(line.substring(space + 1).strip());
                            numbers.put(line.substring(0, space), (long) value);
                        } catch (NumberFormatException e) {
                            // as if it were not there
                        }
                    }
                });
        return numbers;
    }
}
