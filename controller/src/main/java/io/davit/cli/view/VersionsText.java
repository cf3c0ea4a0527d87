package io.davit.cli.view;

import com.google.protobuf.Timestamp;
import io.davit.proto.operator.v1.VersionSource;
import io.davit.proto.operator.v1.VersionsResponse;

/**
 * Versions for people: channels, the newest of each minor version, and how old that knowledge is.
 */
public final class VersionsText {

    private VersionsText() {}

    public static String of(VersionsResponse answer) {
        var text = new StringBuilder();
        if (answer.getChannelsCount() > 0) {
            var columns = new Columns("").row("CHANNEL", "K3S", "ETCD");
            answer.getChannelsList().stream()
                    .filter(c -> !c.getName().matches("v\\d+\\.\\d+"))
                    .forEach(c ->
                            columns.row(
                                    c.getName(), c.getK3SVersion(), orDash(c.getEtcdVersion())));
            text.append(columns).append('\n');
        }
        if (answer.getMinorsCount() > 0) {
            var columns = new Columns("").row("MINOR", "NEWEST", "ETCD", "RELEASES");
            answer.getMinorsList()
                    .forEach(m ->
                            columns.row(
                                    m.getMinor(),
                                    m.getNewest(),
                                    orDash(m.getEtcdVersion()),
                                    "" + m.getReleases()));
            text.append(columns).append('\n');
        }
        if (answer.getSourcesCount() == 0) {
            text.append(
                    "nobody tells versions: artifacts.k3s is a mirror; name artifacts.k3s-channels"
                            + " or artifacts.k3s-releases in the controller's configuration\n");
        }
        answer.getSourcesList().forEach(source -> text.append(told(source, answer.getNow())));
        return text.toString();
    }

    private static String told(VersionSource source, Timestamp now) {
        String who = source.getKind() + " " + source.getPlace();
        String age =
                source.hasAnsweredAt()
                        ? ", asked " + age(now.getSeconds() - source.getAnsweredAt().getSeconds())
                        : "";
        return source.getFailure().isEmpty()
                ? "from the " + who + age + "\n"
                : "! not from the "
                        + who
                        + " now: "
                        + source.getFailure()
                        + (age.isEmpty() ? "" : "; last" + age.substring(1))
                        + "\n";
    }

    private static String age(long seconds) {
        if (seconds < 120) {
            return Math.max(0, seconds) + "s ago";
        }
        if (seconds < 120 * 60) {
            return seconds / 60 + "m ago";
        }
        return seconds < 48 * 3600 ? seconds / 3600 + "h ago" : seconds / 86400 + "d ago";
    }

    private static String orDash(String text) {
        return text.isEmpty() ? "-" : text;
    }
}
