package io.davit.lab;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.ObjectMapper;

/**
 * Somebody reads the documentation and types what it says, from the first installation to the last
 * removal. {@link DocumentationCoverTest} sees to it that no command is missing.
 */
final class DocumentationStory {

    private static final String AIR_GAP = "needs the internet: AirGapIT does it with a mirror";
    private static final String GIVEN_UP = "restarts every server: RotationIT gives hosts up";
    private static final String BY_PACKAGE = "install/test/packages-on-a-host";
    private static final String OPENED = "BackupFileTest opens a backup by gpg";
    private static final String BY_HAND = "a restore of etcd by hand: SnapshotIT";

    /** What is not typed, and why not. */
    static final Map<String, String> LEFT_OUT =
            Map.ofEntries(
                    Map.entry(
                            "davit serve --config /etc/davit/controller.yaml",
                            "davit.service runs it, until it is stopped"),
                    Map.entry("davit status prod --watch", "goes on until Ctrl-C"),
                    Map.entry("davit apply -f cluster.yaml --unreachable worker-3", GIVEN_UP),
                    Map.entry("davit apply -f cluster.yaml --yes --unreachable worker-3", GIVEN_UP),
                    Map.entry(
                            "davit hosts remove web-1f0c22ab --unreachable web-1f0c22ab --yes",
                            GIVEN_UP),
                    Map.entry(
                            "davit hosts remove web-1f0c22ab [web-77ab0e19 ...]",
                            "typed with two names"),
                    Map.entry(
                            "davit operations approve OPERATION",
                            "no operation here goes beyond its plan: OperationsTest"),
                    Map.entry(
                            "davit agents import davit-agent-0.2.0-linux-arm64.tar.gz",
                            "no agent of another architecture is built here"),
                    Map.entry(
                            "davit artifacts fetch --k3s v1.34.1+k3s1 --arch amd64,arm64",
                            "the lab publishes one architecture"),
                    Map.entry(
                            "davit-*/controller/bin/davit artifacts export --k3s v1.34.1+k3s1 --os"
                                    + " debian-12",
                            AIR_GAP),
                    Map.entry(
                            "davit artifacts export --os debian-12,ubuntu-24.04=noble.sources",
                            AIR_GAP),
                    Map.entry("davit artifacts export", AIR_GAP),
                    Map.entry(
                            "davit artifacts export site.tar --k3s v1.34.1+k3s1 --os debian-12"
                                    + " --arch amd64",
                            AIR_GAP),
                    Map.entry(
                            "davit artifacts import davit-bundle-2026-11-23.tar --sha256 835873f3…",
                            AIR_GAP),
                    Map.entry("davit artifacts import davit-bundle-2026-11-29.tar", AIR_GAP),
                    Map.entry(
                            "systemctl enable --now nowhere",
                            "a site's own unit: AirGapIT sets the route that it makes"),
                    Map.entry("gpg --decrypt davit-2026-11-23.backup | tar x", OPENED),
                    Map.entry("gpg --decrypt FILE | tar tv", OPENED),
                    Map.entry("gpg --decrypt /root/prod.snapshot | tar x", BY_HAND),
                    Map.entry("etcdutl snapshot status snapshot.db -w table", BY_HAND),
                    Map.entry("systemctl disable --now k3s", BY_HAND),
                    Map.entry(
                            "etcdutl snapshot restore snapshot.db --data-dir"
                                + " /var/lib/etcd/DIRECTORY --name NAME --initial-cluster"
                                + " NAME=https://198.18.0.11:2380,… --initial-advertise-peer-urls"
                                + " https://198.18.0.11:2380 --initial-cluster-token"
                                + " restored-2026-11-23 --bump-revision 1000000000"
                                + " --mark-compacted",
                            BY_HAND),
                    Map.entry(
                            "etcdctl --endpoints=https://198.18.0.11:2379"
                                + " --cacert=/etc/etcd/pki/ca.crt --cert=/etc/etcd/pki/server.crt"
                                + " --key=/etc/etcd/pki/server.key endpoint health --cluster",
                            BY_HAND),
                    Map.entry(
                            "etcdctl --endpoints=https://198.18.0.11:2379"
                                + " --cacert=/etc/etcd/pki/ca.crt --cert=/etc/etcd/pki/server.crt"
                                + " --key=/etc/etcd/pki/server.key defrag",
                            "needs a database near its quota"),
                    Map.entry(
                            "etcdctl --endpoints=https://198.18.0.11:2379"
                                + " --cacert=/etc/etcd/pki/ca.crt --cert=/etc/etcd/pki/server.crt"
                                + " --key=/etc/etcd/pki/server.key alarm disarm",
                            "needs a database near its quota"),
                    Map.entry("etcdctl … get /bootstrap --prefix --keys-only", BY_HAND),
                    Map.entry(
                            "umask 077; mkdir restore && cd restore && gpg --decrypt"
                                    + " ../prod.snapshot | tar x",
                            BY_HAND),
                    Map.entry("systemctl reload prometheus", "MonitoringIT runs Prometheus"),
                    Map.entry("dpkg -i davit-controller_*.deb", BY_PACKAGE),
                    Map.entry("dpkg -i davit-agent_*.deb", BY_PACKAGE),
                    Map.entry("./install.sh --agent --image", "BootIT makes an image"));

    private static final Pattern UNIT =
            Pattern.compile("```ini\n# (/etc/systemd/system/\\S+)\n(.*?)```", Pattern.DOTALL);

    private static final String CONTROLLER = "ctl";

    /** In the order of their addresses: those that specs name, then those that join by booting. */
    private static final List<String> NAMED = List.of("e1", "s1", "w1", "t1", "t2");

    private static final List<String> POOL = List.of("p1", "p2");
    private static final Example HOSTS =
            new Example(
                    "examples/pool.yaml",
                    "prod",
                    Stream.concat(NAMED.stream(), POOL.stream()).toList());
    private static final String WORDS = "correct horse battery staple";

    private final Typist typist;
    private final Lab lab;

    DocumentationStory(Typist typist, Lab lab) {
        this.typist = typist;
        this.lab = lab;
    }

    void tell() {
        bootMachines();
        installTheController();
        beginAnewWithFilesOfTheSite();
        lookAround();
        letPrometheusIn();
        enrolHosts();
        makeACluster();
        lookAtTheCluster();
        upgradeDavit();
        growByBooting();
        takeSnapshotsOfEtcd();
        loseAndRestoreTheController();
        changeOnesMind();
        takeEverythingAway();
    }

    private void bootMachines() {
        meanwhile(() -> {
            lab.lab("down", "--wipe").ok();
            lab.up(
                            Stream.concat(
                                            Stream.of(CONTROLLER),
                                            HOSTS.hosts().stream()
                                                    .map(host -> host + "=" + HOSTS.address(host)))
                                    .toArray(String[]::new))
                    .ok();
            lab.lab("mirror", "up").ok();
            Stream.concat(Stream.of(CONTROLLER), HOSTS.hosts().stream())
                    .parallel()
                    .forEach(host ->
                            lab.lab(
                                            "copy",
                                            built("davit-.*-linux-.*\\.tar\\.gz").toString(),
                                            host + ":/root/")
                                    .ok());
            HOSTS.hosts().parallelStream()
                    .forEach(host -> lab.sh(host, "cd /root && tar -xzf davit-*.tar.gz").ok());
        });
        means("./install.sh", () -> "/root/davit-*/install.sh");
    }

    private void installTheController() {
        means("controller.example.test,192.0.2.10", () -> "ctl,198.18.0.2");
        means("controller.example.test", () -> "198.18.0.2");
        type("tar -xzf davit-*.tar.gz && cd davit-*/ && ./install.sh --controller");
        type("davit init --name controller.example.test,192.0.2.10");
        type("systemctl enable --now davit");
        type("davit admin new alice");
        type("davit doctor");
        type("davit doctor -o json");
        type("sudo davit doctor controller");
    }

    private void beginAnewWithFilesOfTheSite() {
        meanwhile(() -> {
            forgetTheController();
            lab.sh(CONTROLLER, "rm -rf /root/.config").ok();
            String releases = lab.lab("mirror", "root").ok().strip();
            lab.lab("copy", releases + "/k3s-io/k3s", "ctl:/srv/").ok();
            lab.lab("copy", releases + "/etcd-io/etcd", "ctl:/srv/").ok();
        });
        means("--name 192.0.2.10", () -> "--name 198.18.0.2");
        type("davit init --name 192.0.2.10 --k3s-source /srv/k3s --etcd-source /srv/etcd");
        type("systemctl enable --now davit");
        type("sudo davit admin new alice");
        type("sudo davit admin new ci --out /root/ci-credential");
    }

    private void lookAround() {
        type("davit version");
        type("davit version --client");
        type("davit completion bash > /etc/bash_completion.d/davit");
        type("source <(davit completion zsh)");
        meanwhile(() -> lab.sh(CONTROLLER, "mkdir -p ~/.config/fish/completions").ok());
        type("davit completion fish > ~/.config/fish/completions/davit.fish");
        type("davit spec schema > davit-v1.schema.json");
        type("davit spec example");
        type("davit spec example ha > cluster.yaml");
        type("davit spec example small > cluster.yaml");
        type("davit spec validate -f cluster.yaml");
        type("davit spec validate -f cluster.yaml -o json | jq -r '.problems[].message'");
        type("davit status");
    }

    private void letPrometheusIn() {
        meanwhile(() -> lab.sh(CONTROLLER, "groupadd prometheus && mkdir /etc/prometheus").ok());
        type(
                "davit monitoring token | install -m 0640 -g prometheus /dev/stdin"
                        + " /etc/prometheus/davit.token");
        type("davit monitoring ca | install -m 0644 /dev/stdin /etc/prometheus/davit-ca.crt");
        type("sudo davit monitoring token --new");
        type("sudo davit monitoring token > /etc/prometheus/davit.token");
        type("davit monitoring ca > /etc/prometheus/davit-ca.crt");
    }

    private void enrolHosts() {
        means("192.0.2.0/24", () -> "198.18.0.0/24");
        type("davit token create --roles worker --cidr 192.0.2.0/24 --ttl 24h > token");
        means("abcdefghij", () -> ask("cut -d. -f2 /root/token"));
        type("davit token revoke abcdefghij");
        type("davit token create --uses 6 --auto-approve");
        type("davit token create --uses 6 --auto-approve > token");
        type("davit token list");
        for (String host : NAMED) {
            meanwhile(() -> giveToken(host, "/root/token"));
            installAgent(host);
        }
        meanwhile(() -> lab.tool("lab/stage", "registered", "5").ok());
        type("davit hosts");
        type("davit hosts list");
        type("davit hosts -o json");
        meanwhile(() -> {
            lab.sh(CONTROLLER, "davit token create --uses 2 > /root/token").ok();
            giveToken("p1", "/root/token");
        });
        installAgent("p1");
        meanwhile(() -> lab.await(CONTROLLER, "davit hosts | grep -q pending"));
        means("3f9a01c2", () -> ask("davit hosts | grep pending | cut -c1-8"));
        type("davit hosts approve 3f9a01c2");
        type("davit hosts remove 3f9a01c2");
        type("davit token create");
    }

    private void makeACluster() {
        meanwhile(() ->
                cluster(
                        "prod",
                        "pools: [{name: web, role: worker, max: 50}]",
                        "{name: e1, address: 198.18.0.11, roles: [etcd]}",
                        "{name: s1, address: 198.18.0.12, roles: [control-plane]}",
                        "{name: worker-3, address: 198.18.0.13, roles: [worker]}"));
        type("davit versions");
        type("davit versions -o json");
        type("davit artifacts");
        means(
                "fetch --k3s v1.34.1+k3s1",
                () ->
                        "fetch --k3s %s --etcd %s"
                                .formatted(
                                        published().path("k3s").asString(),
                                        published().path("etcd").get(1).asString()));
        type("davit artifacts fetch --k3s v1.34.1+k3s1");
        type("davit plan -f cluster.yaml", 2);
        type("davit plan -f cluster.yaml -o json | jq .plan.steps", 2);
        type("davit apply -f cluster.yaml --detach");
        type("davit operations watch");
        type("davit apply -f cluster.yaml");
        type("davit plan -f cluster.yaml");
    }

    private void lookAtTheCluster() {
        means("kubeconfig small", () -> "kubeconfig prod");
        type("davit kubeconfig small --merge --use");
        type("davit kubeconfig prod --merge --use");
        type("davit kubeconfig prod -f ~/.kube/prod");
        type("davit kubeconfig prod --life 1d --merge ~/.kube/team");
        type("davit kubeconfig prod --life 30d -f prod.kubeconfig");
        type("davit clusters");
        type("davit clusters list");
        type("davit clusters -o json");
        type("davit status -o json | jq .clusters[].health");
        type("davit why prod");
        type("davit why prod/worker-3");
        means("3f9a01c2", () -> ask("davit hosts | grep prod/e1 | cut -c1-8"));
        type("davit why 3f9a01c2");
        type("davit events --since 2h");
        type("davit events --cluster prod --since 7d");
        type("davit operations");
        type("davit operations --cluster prod --limit 5");
    }

    private void upgradeDavit() {
        type("./install.sh --controller");
        type("davit agents");
        type("davit agents -o json");
        type("davit agents upgrade");
        means("small/w1", () -> "prod/worker-3");
        means("small/w2", () -> "prod/s1");
        type("davit agents upgrade --host small/w1 --host small/w2");
        type("davit agents cancel", 3); // there is none to cancel
        meanwhile(() ->
                lab.lab("copy", built("agents/davit-agent-.*\\.tar\\.gz").toString(), "ctl:/root/")
                        .ok());
        means("0.1.3", () -> ask("davit version --client | cut -d' ' -f2"));
        type("davit agents import davit-agent-0.1.3-linux-amd64.tar.gz");
        type("davit agents upgrade --version 0.1.3");
        type("davit agents upgrade --version 0.1.3 --yes");
    }

    private void growByBooting() {
        type("davit token create --pool prod/web --cidr 198.18.0.0/24 --max 50");
        type("davit token create --pool prod/web --cidr 192.0.2.0/24 --max 50 > token");
        meanwhile(() -> {
            giveToken("p1", "/root/token");
            // p1 was removed and would look for a token in half a minute
            lab.sh(
                            "p1",
                            "install -m 0600 /root/token /etc/davit/token && systemctl restart"
                                    + " davit-agent")
                    .ok();
            giveToken("p2", "/root/token");
        });
        installAgent("p2");
        meanwhile(() ->
                lab.await(
                        CONTROLLER,
                        "[ $(davit hosts | grep -c prod/web-) = 2 ] && davit status prod | grep -q"
                                + " 'web.*Ready.*'"));
        type("davit hosts");
        type("davit token list");
        meanwhile(() ->
                lab.await(CONTROLLER, "! davit operations | grep -q running && davit status prod"));
        type("davit status prod");
        means("web-1f0c22ab", () -> ask("davit hosts | grep -o 'web-[0-9a-f]*' | head -n 1"));
        means("web-77ab0e19", () -> ask("davit hosts | grep -o 'web-[0-9a-f]*' | tail -n 1"));
        answer("davit hosts remove web-1f0c22ab web-77ab0e19", 0, "yes");
    }

    private void takeSnapshotsOfEtcd() {
        meanwhile(() ->
                lab.sh(
                                CONTROLLER,
                                "umask 077; for file in words passphrase snapshot-passphrase backup-passphrase; do echo %s > /root/$file; done"
                                        .formatted(WORDS))
                        .ok());
        type("davit etcd snapshot prod");
        means(
                "20261123-160501-k7qm",
                () -> ask("davit etcd snapshots prod -o json | jq -r .snapshots[0].name"));
        type("davit etcd snapshots");
        type("davit etcd snapshots prod");
        type("davit etcd snapshots prod -o json");
        type(
                "davit etcd export 20261123-160501-k7qm /root/prod.snapshot --passphrase-file"
                        + " /root/snapshot-passphrase");
        meanwhile(() -> lab.sh(CONTROLLER, "rm /root/prod.snapshot").ok());
        type(
                "davit etcd snapshot prod --out /root/prod.snapshot --passphrase-file"
                        + " /root/snapshot-passphrase");
        meanwhile(() -> lab.sh(CONTROLLER, "rm /root/prod.snapshot").ok());
        type("davit etcd snapshot prod --out /root/prod.snapshot --passphrase-file words");
        meanwhile(() -> lab.sh(CONTROLLER, "rm /root/prod.snapshot").ok());
        answer("davit etcd export 20261123-160501-k7qm /root/prod.snapshot", 0, WORDS, WORDS);
        type("davit etcd snapshots remove 20261123-160501-k7qm");
        type("davit admin new snapshots --out /root/snapshots-credential");
        meanwhile(() -> writeUnitsOf("docs/etcd-snapshots.md"));
        type("systemctl daemon-reload");
        type("systemctl start davit-snapshot@prod.service");
        meanwhile(() ->
                lab.sh(
                                CONTROLLER,
                                "journalctl -u davit-snapshot@prod -o cat | grep '^held at .*,"
                                        + " sealed'")
                        .ok());
        type("systemctl enable --now davit-snapshot@prod.timer");
        meanwhile(
                () -> lab.sh(CONTROLLER, "systemctl disable --now davit-snapshot@prod.timer").ok());
    }

    /** The files that a page shows, each with its place in the first line. */
    private void writeUnitsOf(String page) throws IOException {
        String text = Files.readString(Path.of("..").resolve(page));
        var units = UNIT.matcher(text).results().toList();
        assertThat(units).as("units in %s", page).isNotEmpty();
        for (var unit : units) {
            Path file = Files.writeString(Files.createTempFile("davit-unit", ""), unit.group(2));
            lab.lab("copy", file.toString(), CONTROLLER + ":" + unit.group(1)).ok();
            Files.delete(file);
        }
    }

    private void loseAndRestoreTheController() {
        type(
                "davit backup /root/davit-$(date +%F).backup --passphrase-file"
                        + " /root/backup-passphrase");
        type("sudo davit backup FILE --passphrase-file /root/passphrase");
        answer("davit backup /root/davit-last.backup", 0, WORDS, WORDS);
        answer("sudo davit backup /root/davit-2026-11-23.backup", 0, WORDS, WORDS);
        meanwhile(this::forgetTheController);
        answer("sudo davit restore davit-2026-11-23.backup", 0, WORDS);
        type("sudo systemctl enable --now davit");
        meanwhile(this::forgetTheController);
        type("davit restore davit-2026-11-23.backup --passphrase-file /root/backup-passphrase");
        meanwhile(() -> lab.lab("kill", "w1").ok());
        type("systemctl enable --now davit");
        meanwhile(() -> lab.tool("lab/stage", "registered", "6").ok());
        type("davit adopt");
        answer("davit adopt --confirm", 3, "adopt"); // worker-3 is away
        means("web-3", () -> "prod/worker-3");
        answer("davit adopt --confirm --without web-3", 0, "adopt");
        meanwhile(() -> {
            lab.lab("start", "w1").ok();
            lab.tool("lab/stage", "registered", "7").ok();
        });
    }

    private void changeOnesMind() {
        meanwhile(() ->
                cluster(
                        "test",
                        "",
                        "{name: t1, address: 198.18.0.14, roles: [etcd, control-plane]}"));
        type("davit apply -f cluster.yaml --detach");
        means("OPERATION", () -> ask("davit operations -o json | jq -r .operations[0].id"));
        type("davit operations cancel OPERATION");
        type("davit operations watch OPERATION", 3); // it ended as cancelled
        type("davit operations resume OPERATION");
        type("davit operations watch");
    }

    private void takeEverythingAway() {
        type("davit clusters remove test --keep-data --yes-remove test");
        meanwhile(() ->
                cluster(
                        "test",
                        "",
                        "{name: t2, address: 198.18.0.15, roles: [etcd, control-plane]}"));
        type("davit apply -f cluster.yaml");
        answer("davit clusters remove test --destroy-data", 0, "test");
        answer("davit clusters remove prod --destroy-data", 0, "prod");
        means("4f0e2a91", () -> ask("davit artifacts -o json | jq -r '.artifacts[0].sha256'"));
        type("davit artifacts remove 4f0e2a91");
        type("davit artifacts remove --unused");
        for (String host : List.of("e1", CONTROLLER)) {
            typist.type(host, "./install.sh --uninstall --purge");
            meanwhile(() -> nothingIsLeft(host));
        }
    }

    private void nothingIsLeft(String host) {
        assertThat(lab.sh(host, "ls -d /etc/davit /var/lib/davit /opt/davit").out())
                .as("left on %s", host)
                .isEmpty();
    }

    private void type(String line) {
        typist.type(CONTROLLER, line);
    }

    private void type(String line, int exitCode) {
        typist.type(CONTROLLER, line, exitCode);
    }

    private void answer(String line, int exitCode, String... answers) {
        typist.answer(CONTROLLER, line, exitCode, answers);
    }

    private void means(String text, Supplier<String> own) {
        typist.means(text, own);
    }

    private void meanwhile(Typist.Act act) {
        typist.meanwhile(act);
    }

    private void installAgent(String host) {
        typist.type(
                host,
                "./install.sh --agent --controller-address controller.example.test --token-file"
                        + " token");
    }

    private void forgetTheController() {
        lab.sh(
                        CONTROLLER,
                        "systemctl disable --now davit; rm -rf /etc/davit"
                                + " /var/lib/davit/controller")
                .ok();
    }

    private void giveToken(String host, String file) {
        lab.exec(host, "sh", "-c", "umask 077; echo \"$1\" > /root/token", "sh", ask("cat " + file))
                .ok();
    }

    private void cluster(String name, String pools, String... hosts) {
        String yaml = lab.tool("lab/stage", "spec", HOSTS.file()).ok();
        String head =
                yaml.substring(0, yaml.indexOf("  pools:")).replace("name: pool", "name: " + name);
        String spec =
                head + "  " + pools + "\n  hosts:\n    - " + String.join("\n    - ", hosts) + "\n";
        lab.exec(CONTROLLER, "sh", "-c", "printf %s \"$1\" > /root/cluster.yaml", "sh", spec).ok();
    }

    private JsonNode published() {
        return new ObjectMapper().readTree(lab.lab("mirror", "versions").ok());
    }

    private String ask(String script) {
        return lab.sh(CONTROLLER, script).ok().strip();
    }

    private Path built(String name) {
        Path target = lab.home().resolve("install/target");
        try (Stream<Path> files = Files.walk(target, 2)) {
            return files.filter(file -> target.relativize(file).toString().matches(name))
                    .findFirst()
                    .orElseThrow();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
