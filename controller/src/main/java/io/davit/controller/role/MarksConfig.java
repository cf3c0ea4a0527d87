package io.davit.controller.role;

import io.davit.common.ConfigYaml;
import io.davit.common.NodeMarks;
import io.davit.controller.plan.Content;
import io.davit.controller.plan.HostWork;
import io.davit.controller.plan.SlotPlace;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * The labels and taints that a node registers with, in a file of their own beside config.yaml: k3s
 * reads it when it starts and heeds it only while it registers, so a change of it restarts nobody.
 * The node that is there already is changed through the API.
 *
 * @see <a href="https://docs.k3s.io/installation/configuration#multiple-config-files">multiple
 *     config files</a>
 */
public final class MarksConfig {

    private MarksConfig() {}

    /** Drafts the file where a host has labels or taints, or had some once. */
    public static void draft(HostWork work, String role, NodeMarks marks) {
        var place = SlotPlace.open(role + ".marks", "0600", "root", "root");
        if (!marks.equals(NodeMarks.NONE) || work.has(place)) {
            work.file(place, Content.text(render(marks)), false);
        }
    }

    static String render(NodeMarks marks) {
        var config = new TreeMap<String, List<String>>();
        config.put(
                "node-label", marks.labels().entrySet().stream().map(MarksConfig::pair).toList());
        config.put("node-taint", marks.taints());
        return ConfigYaml.render(config);
    }

    private static String pair(Map.Entry<String, String> label) {
        return label.getKey() + "=" + label.getValue();
    }
}
